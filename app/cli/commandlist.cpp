// SPDX-License-Identifier: Apache-2.0
#include "app/cli/options.h"

namespace zos::app {

namespace {

OptionSpec nodeOption(const QString &help)
{
    const QString text = help + QStringLiteral(" (default: $ZOS_NODE)");
    return { QStringLiteral("node"), QStringLiteral("N"), text };
}

OptionSpec contractNode()
{
    return nodeOption(QStringLiteral("node of the contract, if the ledger no longer knows it"));
}

OptionSpec fileOption(const QString &help)
{
    return { QStringLiteral("file"), QStringLiteral("FILE"), help };
}

OptionSpec typeOption()
{
    return { QStringLiteral("type"), QStringLiteral("TYPE"),
        QStringLiteral("ed25519 (default) or sr25519") };
}

} // namespace

const QList<CommandSpec> &commandSpecs()
{
    static const QList<CommandSpec> commands {
        { QStringLiteral("identity new"), {},
            QStringLiteral("make a key and keep it in a file only you can read"),
            { fileOption(QStringLiteral("where, instead of --identity")),
                { QStringLiteral("mnemonic"), {},
                    QStringLiteral("derive it from twelve new words and print them once") },
                typeOption() },
            {} },
        { QStringLiteral("identity import"), {},
            QStringLiteral("keep the key of the mnemonic or hex seed on standard input"),
            { fileOption(QStringLiteral("where, instead of --identity")), typeOption() }, {} },
        { QStringLiteral("identity show"), {},
            QStringLiteral("address, public key, overlay address"),
            { fileOption(QStringLiteral("which, instead of --identity")) }, {} },
        { QStringLiteral("twin"), {},
            QStringLiteral("register yourself on the ledger, or change your address there"),
            { { QStringLiteral("ip"), QStringLiteral("ADDRESS"),
                QStringLiteral("overlay address where nodes reach you (default: unchanged, else "
                               "--listen); with --relay also that and your encryption key") } },
            { QStringLiteral("ledger") } },
        { QStringLiteral("farm create"), QStringLiteral("NAME"), QStringLiteral("create a farm"),
            { { QStringLiteral("public-ip"), QStringLiteral("CIDR,GATEWAY"),
                QStringLiteral("public address to rent out; may be repeated") } },
            { QStringLiteral("ledger") } },
        { QStringLiteral("deploy"), QStringLiteral("FILE"),
            QStringLiteral("create the contract, send the deployment (JSON), wait until it runs"),
            { nodeOption(QStringLiteral("where")) },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("node") } },
        { QStringLiteral("rehearse"), QStringLiteral("FILE"),
            QStringLiteral("ask whether and where a deployment would fit; changes nothing"),
            { nodeOption(QStringLiteral("where")) },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("node") } },
        { QStringLiteral("get"), QStringLiteral("CONTRACT"),
            QStringLiteral("a deployment and its state"), { contractNode() },
            { QStringLiteral("ledger"), QStringLiteral("listen") } },
        { QStringLiteral("list"), {}, QStringLiteral("your deployments on a node"),
            { nodeOption(QStringLiteral("which")) },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("node") } },
        { QStringLiteral("changes"), QStringLiteral("CONTRACT"),
            QStringLiteral("history of a deployment"), { contractNode() },
            { QStringLiteral("ledger"), QStringLiteral("listen") } },
        { QStringLiteral("timeline"), QStringLiteral("CONTRACT"),
            QStringLiteral("what the node did for a deployment, step by step"), { contractNode() },
            { QStringLiteral("ledger"), QStringLiteral("listen") } },
        { QStringLiteral("logs"), QStringLiteral("CONTRACT NAME"),
            QStringLiteral("console of a machine"),
            { { QStringLiteral("tail"), QStringLiteral("BYTES"),
                  QStringLiteral("how much of its end (default 65536, at most 262143)") },
                contractNode() },
            { QStringLiteral("ledger"), QStringLiteral("listen") } },
        { QStringLiteral("delete"), QStringLiteral("CONTRACT"),
            QStringLiteral("cancel the contract; the node removes the deployment"),
            { contractNode() }, { QStringLiteral("ledger") } },
        { QStringLiteral("node"), QStringLiteral("[version|statistics|interfaces|pools|ports]"),
            QStringLiteral("ask a node about itself"), { nodeOption(QStringLiteral("which")) },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("node") } },
        { QStringLiteral("wireguard"), QStringLiteral("CONTRACT"),
            QStringLiteral("print a wg-quick file that joins your machine to a network"),
            { { QStringLiteral("network"), QStringLiteral("NAME"),
                  QStringLiteral("name of the network workload") },
                { QStringLiteral("endpoint"), QStringLiteral("HOST[:PORT]"),
                    QStringLiteral("where the node is reachable") },
                { QStringLiteral("key"), QStringLiteral("FILE"),
                    QStringLiteral(
                        "your WireGuard private key; its public key is a peer of the network") },
                contractNode() },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("network"),
                QStringLiteral("endpoint"), QStringLiteral("key") } },
        { QStringLiteral("key wireguard"), {}, QStringLiteral("new WireGuard key pair"),
            { fileOption(QStringLiteral(
                "write the private key there (mode 0600), print only the public one")) },
            {} },
        { QStringLiteral("call"), QStringLiteral("COMMAND [JSON]"),
            QStringLiteral("send any command to a node"), { nodeOption(QStringLiteral("which")) },
            { QStringLiteral("ledger"), QStringLiteral("listen"), QStringLiteral("node") } },
    };
    return commands;
}

} // namespace zos::app
