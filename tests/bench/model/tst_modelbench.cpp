// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/md5.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"

#include <QJsonDocument>
#include <QtCrypto>

#include <rapidjson/document.h>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {
void bareParse(const QByteArray &text)
{
    rapidjson::Document document;
    document.Parse(text.constData(), size_t(text.size()));
    if (document.HasParseError())
        qFatal("the request is no JSON");
}
} // namespace

// What one request costs: reading and hashing a deployment of 7 KiB, each beside the least anybody
// could do for it. Numbers are kept, never asserted.
class TestModelBench : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;
    testing::Figures m_figures { u"model"_s };
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
        const auto text = deployment.challenge();
        const auto hash = testing::sideBySide(
            200, [&] { deployment.challengeHash(); },
            [&] { QCA::Hash(QStringLiteral("md5")).hash(text); });
        m_figures.add(
            u"challenge hash"_s, hash.ours, u"us"_s, u"bare MD5 of its text"_s, hash.bare);
        const auto own = testing::sideBySide(
            500, [&] { md5(text); }, [&] { QCA::Hash(QStringLiteral("md5")).hash(text); });
        m_figures.add(u"MD5 of the text"_s, own.ours, u"us"_s, u"bare QCA"_s, own.bare);
    }
    void readsAndWrites()
    {
        const auto deployment = *Deployment::fromJson(m_request);
        const auto reading = testing::sideBySide(
            100, [&] { (void)Deployment::fromJson(m_request); }, [&] { bareParse(m_request); });
        m_figures.add(
            u"deployment read"_s, reading.ours, u"us"_s, u"bare RapidJSON"_s, reading.bare);
        const auto parsing = testing::sideBySide(
            100, [&] { (void)Json::parse(m_request); }, [&] { bareParse(m_request); });
        m_figures.add(u"JSON parsed"_s, parsing.ours, u"us"_s, u"bare RapidJSON"_s, parsing.bare);
        const auto qt = testing::sideBySide(
            100, [&] { (void)Json::parse(m_request); },
            [&] { QJsonDocument::fromJson(m_request); });
        m_figures.add(u"JSON parsed"_s, qt.ours, u"us"_s, u"Qt's parser"_s, qt.bare);
        const auto document = QJsonDocument::fromJson(m_request);
        const auto writing = testing::sideBySide(
            100, [&] { deployment.toJson(); }, [&] { document.toJson(QJsonDocument::Compact); });
        m_figures.add(
            u"deployment written"_s, writing.ours, u"us"_s, u"Qt's writer"_s, writing.bare);
    }
};

ZOS_TEST(TestModelBench)
#include "tst_modelbench.moc"
