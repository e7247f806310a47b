// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/envelope.h"

#include "core/base/encoding.h"

#include <QCryptographicHash>

#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include <rmb/wire/envelope.pb.h>

namespace zos::rmb {

namespace {

// Bounds of single fields, in bytes of UTF-8. Real peers stay far below.
constexpr std::size_t kMaxEnvelopeName = 256; // uid, connection, command, schema, one relay
constexpr std::size_t kMaxEnvelopeList = 1024; // tags, federation
constexpr std::size_t kMaxEnvelopeError = 64 << 10;
constexpr std::size_t kMaxEnvelopeSignature = 256; // 65 is the only good length, see verify()
constexpr int kMaxEnvelopeRelays = 64;
constexpr quint64 kMaxAhead = 60;

template <class... F> struct Overloaded : F...
{
    using F::operator()...;
};

// A first look before anything is allocated, for two things the parser is generous with: an empty
// relay entry costs three bytes here and some fifty in memory, and a part that claims more than
// there is makes room for up to 50 MB of it. Groups are looked into as if they were flat; where the
// bytes make no sense the look ends, and the parser refuses them.
bool worthParsing(QByteArrayView bytes)
{
    const char *at = bytes.begin();
    const auto varint = [&](int most) -> std::optional<quint64> {
        quint64 value = 0;
        for (int i = 0; i < most && at != bytes.end(); ++i) {
            const auto byte = static_cast<unsigned char>(*at++);
            value |= quint64(byte & 0x7f) << (7 * i);
            if (byte < 0x80)
                return value;
        }
        return std::nullopt;
    };
    constexpr quint32 relay = 17 << 3 | 2;
    int relays = 0;
    while (const auto key = varint(5)) {
        const auto tag = static_cast<quint32>(*key);
        if (tag == relay && ++relays > kMaxEnvelopeRelays)
            return false;
        std::optional<quint64> skip = 0; // groups' borders have nothing behind them
        switch (tag & 7) {
        case 0:
            skip = varint(10) ? std::optional<quint64>(0) : std::nullopt;
            break;
        case 1:
            skip = 8;
            break;
        case 2:
            skip = varint(10);
            break;
        case 5:
            skip = 4;
            break;
        }
        if (!skip || *skip > quint64(bytes.end() - at))
            return false;
        at += *skip;
    }
    return true;
}

QString exactText(const std::string &utf8)
{
    return exactUtf8({ utf8.data(), qsizetype(utf8.size()) });
}

QByteArray exactBytes(const std::string &bytes)
{
    return QByteArray(bytes.data(), qsizetype(bytes.size()));
}

std::string wireText(const QString &text)
{
    return text.toUtf8().toStdString();
}

PeerAddress addressOf(const wire::Address &address)
{
    return { TwinId(address.twin()), exactText(address.connection()) };
}

void writeAddress(wire::Address *to, const PeerAddress &address)
{
    to->set_twin(address.twin.value());
    if (!address.connection.isEmpty())
        to->set_connection(wireText(address.connection));
}

// The name of the first field beyond its bound, null when all is well.
const char *oversized(const wire::Frame &frame)
{
    const auto &relays = frame.relays();
    if (frame.uid().size() > kMaxEnvelopeName)
        return "uid";
    if (frame.source().connection().size() > kMaxEnvelopeName
        || frame.destination().connection().size() > kMaxEnvelopeName)
        return "connection";
    if (frame.request().command().size() > kMaxEnvelopeName)
        return "command";
    if (frame.schema().size() > kMaxEnvelopeName)
        return "schema";
    if (frame.tags().size() > kMaxEnvelopeList)
        return "tags";
    if (frame.federation().size() > kMaxEnvelopeList)
        return "federation";
    if (frame.error().message().size() > kMaxEnvelopeError)
        return "error";
    if (frame.signature().size() > kMaxEnvelopeSignature)
        return "signature";
    if (std::any_of(relays.begin(), relays.end(),
            [](const std::string &relay) { return relay.size() > kMaxEnvelopeName; }))
        return "relays";
    return nullptr;
}

// By default libprotobuf prints a line for every string that is no UTF-8: a stranger's pen in our
// log.
void silenceParser()
{
    [[maybe_unused]] static const auto before = google::protobuf::SetLogHandler(nullptr);
}

} // namespace

Result<Envelope> Envelope::decode(QByteArrayView bytes)
{
    const auto refuse = [](const QString &why) {
        return fail(ErrorCode::Invalid, QStringLiteral("bad envelope: %1").arg(why));
    };
    if (bytes.size() > kMaxEnvelope) {
        return refuse(QStringLiteral("%1 bytes, at most %2").arg(bytes.size()).arg(kMaxEnvelope));
    }
    silenceParser();
    wire::Frame frame;
    if (!worthParsing(bytes) || !frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return refuse(
            QStringLiteral("not parsable, or more than %1 relays").arg(kMaxEnvelopeRelays));
    if (const char *name = oversized(frame))
        return refuse(QStringLiteral("%1 is too long").arg(QLatin1StringView(name)));

    Envelope envelope;
    envelope.uid = exactText(frame.uid());
    envelope.tags = exactText(frame.tags());
    envelope.timestamp = frame.timestamp();
    envelope.expiration = frame.expiration();
    if (frame.has_source())
        envelope.source = addressOf(frame.source());
    if (frame.has_destination())
        envelope.destination = addressOf(frame.destination());
    switch (frame.message_case()) {
    case wire::Frame::kRequest:
        envelope.message = RequestPart { exactText(frame.request().command()) };
        break;
    case wire::Frame::kResponse:
        envelope.message = ResponsePart {};
        break;
    case wire::Frame::kError:
        envelope.message = ErrorPart { frame.error().code(), exactText(frame.error().message()) };
        break;
    case wire::Frame::kPing:
        envelope.message = PingPart {};
        break;
    case wire::Frame::kPong:
        envelope.message = PongPart {};
        break;
    case wire::Frame::MESSAGE_NOT_SET:
        break;
    }
    envelope.signature = exactBytes(frame.signature());
    envelope.schema = exactText(frame.schema());
    envelope.federation = exactText(frame.federation());
    switch (frame.payload_case()) {
    case wire::Frame::kPlain:
        envelope.payloadKind = Payload::Plain;
        envelope.payload = exactBytes(frame.plain());
        break;
    case wire::Frame::kCipher:
        envelope.payloadKind = Payload::Cipher;
        envelope.payload = exactBytes(frame.cipher());
        break;
    case wire::Frame::PAYLOAD_NOT_SET:
        break;
    }
    for (const auto &relay : frame.relays())
        envelope.relays.append(exactText(relay));
    return envelope;
}

QByteArray Envelope::encode() const
{
    wire::Frame frame;
    frame.set_uid(wireText(uid));
    if (!tags.isEmpty())
        frame.set_tags(wireText(tags));
    frame.set_timestamp(timestamp);
    frame.set_expiration(expiration);
    if (source)
        writeAddress(frame.mutable_source(), *source);
    if (destination)
        writeAddress(frame.mutable_destination(), *destination);
    std::visit(Overloaded {
                   [](std::monostate) {},
                   [&](const RequestPart &part) {
                       frame.mutable_request()->set_command(wireText(part.command));
                   },
                   [&](const ResponsePart &) { frame.mutable_response(); },
                   [&](const ErrorPart &part) {
                       frame.mutable_error()->set_code(part.code);
                       frame.mutable_error()->set_message(wireText(part.message));
                   },
                   [&](const PingPart &) { frame.mutable_ping(); },
                   [&](const PongPart &) { frame.mutable_pong(); },
               },
        message);
    if (!signature.isEmpty())
        frame.set_signature(signature.toStdString());
    if (!schema.isEmpty())
        frame.set_schema(wireText(schema));
    if (!federation.isEmpty())
        frame.set_federation(wireText(federation));
    // An empty payload is written too: to some peers a missing one is worse than none.
    if (payloadKind == Payload::Plain)
        frame.set_plain(payload.toStdString());
    else if (payloadKind == Payload::Cipher)
        frame.set_cipher(payload.toStdString());
    for (const QString &relay : relays)
        frame.add_relays(wireText(relay));

    QByteArray bytes(qsizetype(frame.ByteSizeLong()), Qt::Uninitialized);
    frame.SerializeWithCachedSizesToArray(reinterpret_cast<quint8 *>(bytes.data()));
    return bytes;
}

QByteArray Envelope::challenge() const
{
    QByteArray text = uid.toUtf8();
    const auto address = [&text](const std::optional<PeerAddress> &part) {
        if (!part)
            return;
        text += QByteArray::number(part->twin.value());
        text += part->connection.toUtf8();
    };
    text += tags.toUtf8();
    text += QByteArray::number(timestamp);
    text += QByteArray::number(expiration);
    address(source);
    address(destination);
    if (const auto *request = std::get_if<RequestPart>(&message)) {
        text += request->command.toUtf8();
    } else if (const auto *error = std::get_if<ErrorPart>(&message)) {
        text += QByteArray::number(error->code);
        text += error->message.toUtf8();
    }
    text += schema.toUtf8();
    text += federation.toUtf8();
    QCryptographicHash md5(QCryptographicHash::Md5);
    md5.addData(text);
    if (payloadKind != Payload::None)
        md5.addData(payload);
    for (const QString &relay : relays)
        md5.addData(relay.toUtf8());
    return md5.result();
}

void Envelope::sign(const Identity &identity)
{
    signature = identity.typedSignature(challenge());
}

bool Envelope::verify(const QByteArray &publicKey) const
{
    return verifyTyped(publicKey, challenge(), signature);
}

void Envelope::stamp(quint64 time)
{
    if (timestamp != 0 && timestamp <= time)
        expiration -= std::min(expiration, time - timestamp);
    timestamp = time;
}

bool Envelope::expired(quint64 time) const
{
    return time >= timestamp && time - timestamp >= std::min(expiration, kMaxLifetime);
}

Result<> Envelope::checkTime(quint64 time) const
{
    if (timestamp > time && timestamp - time > kMaxAhead) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("message is from the future: %1 s ahead, at most %2")
                .arg(timestamp - time)
                .arg(kMaxAhead));
    }
    if (expired(time))
        return fail(ErrorCode::Invalid, QStringLiteral("message has expired"));
    return {};
}

quint64 Envelope::lifetime(quint64 time) const
{
    const quint64 age = time > timestamp ? time - timestamp : 0;
    const quint64 whole = std::min(expiration, kMaxLifetime);
    return whole - std::min(whole, age);
}

} // namespace zos::rmb
