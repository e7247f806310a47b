// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Which port has a cable, which addresses the node has, how it goes out.
Page {
    id: page

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap

        Panel {
            id: ports

            readonly property int rowHeight: Theme.pick(29, 46, 64)
            readonly property int fit: Math.max(1, Math.floor((page.height * 0.55) / rowHeight) - 1)
            readonly property int hidden: Math.max(0, page.node.nics.count - fit)

            Layout.fillHeight: false
            note: hidden > 0 ? qsTr("%1, %n more", "", hidden).arg(page.node.overview.ports) : page.node.overview.ports
            title: qsTr("Network ports")

            Repeater {
                model: page.node.nics

                Item {
                    id: port

                    required property int index
                    required property string key
                    required property string state
                    required property string speed
                    required property string address
                    required property string role
                    required property string down
                    required property string up

                    readonly property bool linked: state !== "off"

                    Layout.fillWidth: true
                    Layout.preferredHeight: ports.rowHeight
                    visible: index < ports.fit

                    Rectangle {
                        color: Theme.line
                        height: Theme.hairline
                        visible: port.index > 0
                        width: parent.width
                    }

                    RowLayout {
                        anchors.fill: parent
                        spacing: Theme.gap

                        StatusIcon {
                            level: port.state
                            side: Theme.pick(16, 21, 28)
                        }

                        Mono {
                            Layout.preferredWidth: Theme.pick(88, 120, 170)
                            color: port.linked ? Theme.text : Theme.text3
                            font.weight: port.linked ? Font.Bold : Font.Normal
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            text: port.key
                        }

                        Label {
                            Layout.preferredWidth: Theme.pick(76, 100, 150)
                            color: port.linked ? Theme.text2 : Theme.text3
                            font.weight: Font.Medium
                            text: port.speed
                        }

                        Mono {
                            Layout.fillWidth: true
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            size: Theme.pick(12, 17, 23)
                            text: port.address
                        }

                        Pill {
                            text: port.role
                            visible: text !== "" && !Theme.compact
                        }

                        Label {
                            Layout.preferredWidth: Theme.pick(86, 112, 164)
                            color: Theme.text2
                            fontSizeMode: Text.HorizontalFit
                            horizontalAlignment: Text.AlignRight
                            minimumPixelSize: 12
                            text: port.down === "" ? "" : "↓ " + port.down
                        }

                        Label {
                            Layout.preferredWidth: Theme.pick(86, 112, 164)
                            color: Theme.text2
                            fontSizeMode: Text.HorizontalFit
                            horizontalAlignment: Text.AlignRight
                            minimumPixelSize: 12
                            text: port.up === "" ? "" : "↑ " + port.up
                        }
                    }
                }
            }
        }

        RowLayout {
            spacing: Theme.gap
            uniformCellSizes: true

            Panel {
                Layout.preferredWidth: 0
                title: qsTr("Addresses")

                Facts {
                    rows: page.node.addresses
                }
            }

            Panel {
                Layout.preferredWidth: 0
                note: page.node.overview.publicKind
                title: qsTr("Public configuration")

                Facts {
                    rows: page.node.publicAddresses
                }

                Label {
                    Layout.fillHeight: true
                    Layout.fillWidth: true
                    color: Theme.text3
                    lines: Theme.compact ? 4 : 3
                    text: qsTr("Workloads of this node reach the internet through the local network.")
                    visible: !page.node.overview.hasPublic
                }
            }
        }
    }
}
