// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/md5.h"
#include "tests/support/runner.h"

#include <QJsonDocument>
#include <QtCrypto>

using namespace zos;

// What one request costs: reading and hashing a deployment of 7 KiB, each beside the least anybody
// could do for it. Numbers are printed, never asserted.
class TestModelBench : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;
    QByteArray m_request;

private Q_SLOTS:
    void initTestCase()
    {
        // Quotes as apostrophes: readable, and moc stumbles over raw literals.
        QByteArrayList workloads {
            "{'version':0,'name':'net','type':'network','data':{'subnet':'10.20.2.0/24',"
            "'ip_range':'10.20.0.0/16','wireguard_private_key':'1BLKRScBfGyJtiAr/"
            "DL54X4d3Da24wKp3xbN6fhS1Hc=',"
            "'wireguard_listen_port':7992,'peers':[{'subnet':'10.20.3.0/24','wireguard_public_key':"
            "'1YOoISw57wRmwqI8teCpK2F7jrPkGVFD4Irvbm6zBeI=','allowed_ips':['10.20.3.0/"
            "24','100.64.20.3/32'],"
            "'endpoint':'203.0.113.35:7169'}]},'metadata':'','description':''}"
        };
        for (int i = 0; i < 16; ++i) {
            workloads += QByteArray(
                "{'version':0,'name':'vm@','type':'zmachine','data':{"
                "'flist':'https://hub.grid.tf/tf-official-apps/"
                "ubuntu-22.04.flist','network':{'public_ip':'',"
                "'interfaces':[{'network':'net','ip':'10.20.2.1@'}],'planetary':true},'size':0,"
                "'compute_capacity':{'cpu':1,'memory':2147483648},'mounts':[],'entrypoint':'/sbin/"
                "zinit init',"
                "'env':{'SSH_KEY':'ssh-ed25519 AAAAC3Nza user@host'},'corex':false,'gpu':[]},"
                "'metadata':'','description':''}")
                             .replace('@', QByteArray::number(i).rightJustified(2, '0'));
        }
        m_request = "{\"version\":0,\"twin_id\":42,\"contract_id\":11,\"metadata\":\"\","
                    "\"description\":\"\",\"workloads\":["
            + workloads.join(',') + "]}";
        m_request.replace('\'', '"');
        const auto deployment = Deployment::fromJson(m_request);
        QVERIFY2(deployment, deployment ? "" : qPrintable(deployment.error().what));
        QVERIFY(deployment->validate());
        qInfo("request %lld bytes, hashed text %lld bytes",
            static_cast<long long>(m_request.size()),
            static_cast<long long>(deployment->challenge().size()));
    }
    void hashesChallenge()
    {
        const auto deployment = *Deployment::fromJson(m_request);
        QBENCHMARK
        {
            deployment.challengeHash();
        }
    }
    void hashesRawBytes()
    {
        const auto text = Deployment::fromJson(m_request)->challenge();
        QBENCHMARK
        {
            md5(text);
        }
    }
    void hashesRequestBytes()
    {
        QBENCHMARK
        {
            md5(m_request);
        }
    }
    void readsDeployment()
    {
        QBENCHMARK
        {
            (void)Deployment::fromJson(m_request);
        }
    }
    void parsesJson()
    {
        QBENCHMARK
        {
            (void)Json::parse(m_request);
        }
    }
    void parsesJsonWithQt()
    {
        QBENCHMARK
        {
            QJsonDocument::fromJson(m_request);
        }
    }
    void validates()
    {
        const auto deployment = *Deployment::fromJson(m_request);
        QBENCHMARK
        {
            (void)deployment.validate();
        }
    }
    void writesDeployment()
    {
        const auto deployment = *Deployment::fromJson(m_request);
        QBENCHMARK
        {
            deployment.toJson();
        }
    }
};

ZOS_TEST(TestModelBench)
#include "tst_modelbench.moc"
