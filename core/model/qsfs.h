// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

namespace zos {

struct QsfsEncryption
{
    QString algorithm;
    QByteArray key; // raw bytes, 32 of them
};

struct QsfsBackend
{
    QString address;
    QString nameSpace;
    QString password;
};

// A quantum safe file system: files are encoded into shards that live in zdb namespaces.
struct Qsfs final : WorkloadData
{
    Bytes cache;
    quint32 minimalShards = 0;
    quint32 expectedShards = 0;
    quint32 redundantGroups = 0;
    quint32 redundantNodes = 0;
    quint32 maxZdbDataDirSize = 0;
    QsfsEncryption encryption;
    QString metaType;
    QString metaPrefix;
    QsfsEncryption metaEncryption;
    QList<QsfsBackend> metaBackends;
    QList<QList<QsfsBackend>> groups;
    QString compression;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
};

} // namespace zos
