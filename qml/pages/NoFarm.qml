// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// What is missing, two ways to set it, and what identifies this machine on the network.
Page {
    id: page

    RowLayout {
        anchors.fill: parent
        spacing: Theme.pick(16, 40, 70)

        ColumnLayout {
            Layout.alignment: Qt.AlignVCenter
            Layout.fillWidth: true
            spacing: Theme.gap

            RowLayout {
                Layout.fillHeight: false
                spacing: Theme.pad

                StatusIcon {
                    level: "warn"
                    side: Theme.pick(36, 62, 88)
                }

                Label {
                    Layout.fillWidth: true
                    font.family: Theme.display
                    font.weight: Font.Bold
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: Theme.title
                    size: Theme.hero
                    text: qsTr("No farm configured")
                }
            }

            Label {
                Layout.fillWidth: true
                color: Theme.text2
                lines: Theme.compact ? 3 : 2
                size: Theme.title
                text: qsTr("This node does not know which farm it belongs to. It stays idle until it is started with a farm id.")
            }

            Panel {
                Layout.fillHeight: false
                title: qsTr("Two ways to set it")

                Label {
                    Layout.fillWidth: true
                    Layout.topMargin: Theme.px(10)
                    font.weight: Font.Medium
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: 12
                    text: qsTr("1.  Boot option:  farmer_id=<id> runmode=prod")
                }

                Label {
                    Layout.bottomMargin: Theme.px(4)
                    Layout.fillWidth: true
                    Layout.topMargin: Theme.px(10)
                    font.weight: Font.Medium
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: 12
                    text: qsTr("2.  A file zos.json on a USB stick labelled ZOS-CONFIG")
                }
            }

            Panel {
                Layout.fillHeight: false
                title: qsTr("This machine")

                MachineLine {
                    Layout.topMargin: Theme.px(8)
                    label: qsTr("Model")
                    value: page.node.machine.model
                }

                MachineLine {
                    label: qsTr("Address")
                    value: page.node.machine.address
                }

                MachineLine {
                    label: qsTr("MAC")
                    value: page.node.machine.mac
                }
            }
        }

        ColumnLayout {
            Layout.alignment: Qt.AlignVCenter
            Layout.fillWidth: false
            Layout.preferredWidth: Theme.pick(140, 226, 330)
            spacing: Theme.gap
            visible: page.node.machine.helpPage !== ""

            Qr {
                Layout.alignment: Qt.AlignHCenter
                address: page.node.machine.helpPage
                room: Theme.pick(140, 226, 330)
            }

            Label {
                Layout.fillWidth: true
                color: Theme.text2
                horizontalAlignment: Text.AlignHCenter
                text: qsTr("Scan for the guide")
            }
        }
    }
}
