// SPDX-License-Identifier: Apache-2.0
#include "core/model/qsfs.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

namespace {

constexpr qsizetype kMaxQsfsBackends = 1024;

Result<> readQsfsEncryption(const Json &json, QsfsEncryption &encryption)
{
    return JsonFields(json)
        .text(u"algorithm", encryption.algorithm)
        .hex(u"key", encryption.key)
        .finish();
}

Result<> readQsfsBackend(const Json &json, QsfsBackend &backend)
{
    return JsonFields(json)
        .text(u"address", backend.address)
        .text(u"namespace", backend.nameSpace)
        .text(u"password", backend.password)
        .finish();
}

Result<> readQsfsGroup(const Json &json, QList<QsfsBackend> &backends)
{
    return JsonFields(json).list(u"backends", backends, kMaxQsfsBackends, readQsfsBackend).finish();
}

Result<> readQsfsMetaConfig(const Json &json, Qsfs &qsfs)
{
    return JsonFields(json)
        .text(u"prefix", qsfs.metaPrefix)
        .object(u"encryption", qsfs.metaEncryption, readQsfsEncryption)
        .list(u"backends", qsfs.metaBackends, kMaxQsfsBackends, readQsfsBackend)
        .finish();
}

Result<> readQsfsMeta(const Json &json, Qsfs &qsfs)
{
    return JsonFields(json)
        .text(u"type", qsfs.metaType)
        .object(u"config", qsfs, readQsfsMetaConfig)
        .finish();
}

Result<> readQsfsCompression(const Json &json, QString &algorithm)
{
    return JsonFields(json).text(u"algorithm", algorithm).finish();
}

Result<> readQsfsConfig(const Json &json, Qsfs &qsfs)
{
    return JsonFields(json)
        .number(u"minimal_shards", qsfs.minimalShards)
        .number(u"expected_shards", qsfs.expectedShards)
        .number(u"redundant_groups", qsfs.redundantGroups)
        .number(u"redundant_nodes", qsfs.redundantNodes)
        .number(u"max_zdb_data_dir_size", qsfs.maxZdbDataDirSize)
        .object(u"encryption", qsfs.encryption, readQsfsEncryption)
        .object(u"meta", qsfs, readQsfsMeta)
        .list(u"groups", qsfs.groups, kMaxQsfsBackends, readQsfsGroup)
        .object(u"compression", qsfs.compression, readQsfsCompression)
        .finish();
}

void appendQsfsBackends(Challenge &text, const QList<QsfsBackend> &backends)
{
    for (const auto &backend : backends)
        text.text(backend.address).text(backend.nameSpace).text(backend.password);
}

} // namespace

Result<std::shared_ptr<const WorkloadData>> Qsfs::decode(const Json &data)
{
    auto decoded = std::make_shared<Qsfs>();
    auto read = JsonFields(data)
                    .size(u"cache", decoded->cache)
                    .object(u"config", *decoded, readQsfsConfig)
                    .finish();
    if (!read)
        return fail(read.error());
    return decoded;
}

void Qsfs::appendChallenge(QByteArray &bytes) const
{
    Challenge text(bytes);
    text.number(cache.count()).number(minimalShards).number(expectedShards);
    text.number(redundantGroups).number(redundantNodes).number(maxZdbDataDirSize);
    text.text(encryption.algorithm).hex(encryption.key);
    text.text(metaType).text(metaPrefix).text(metaEncryption.algorithm).hex(metaEncryption.key);
    appendQsfsBackends(text, metaBackends);
    for (const auto &group : groups)
        appendQsfsBackends(text, group);
    text.text(compression);
}

Result<> Qsfs::validate(const Deployment &, const Workload &) const
{
    if (minimalShards > expectedShards) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("minimal shards can't be greater than expected shards"));
    }
    // The file system's engine takes nothing else; found out late it would cost the user the data.
    if (encryption.key.size() != 32)
        return fail(
            ErrorCode::Invalid, QStringLiteral("invalid encryption key length, expected 32"));
    if (metaEncryption.key.size() != 32)
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid metadata encryption key length, expected 32"));
    return {};
}

Capacity Qsfs::capacity() const
{
    Capacity capacity;
    capacity.cru = 1;
    capacity.mru = 1_GiB;
    capacity.sru = cache;
    return capacity;
}

} // namespace zos
