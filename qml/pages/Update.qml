// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// An update is being written: what, how far, and what not to do.
Page {
    id: page

    ColumnLayout {
        anchors.centerIn: parent
        spacing: Theme.gap
        width: parent.width - 2 * Theme.pick(10, 60, 180)

        RowLayout {
            spacing: Theme.pad

            StatusIcon {
                level: "run"
                side: Theme.pick(44, 64, 92)
            }

            ColumnLayout {
                Layout.fillWidth: true
                spacing: 0

                Label {
                    Layout.fillWidth: true
                    font.family: Theme.display
                    font.weight: Font.Bold
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: Theme.title
                    size: Theme.hero
                    text: qsTr("Installing an update")
                }

                Label {
                    Layout.fillWidth: true
                    color: Theme.text2
                    size: Theme.title
                    text: page.node.update.versions
                }
            }
        }

        Bar {
            share: page.node.update.share
        }

        RowLayout {
            Label {
                Layout.fillWidth: true
                color: Theme.text2
                text: page.node.update.step
            }

            Label {
                font.family: Theme.display
                font.weight: Font.Bold
                size: Theme.big
                text: page.node.update.percent
            }
        }

        Label {
            Layout.fillWidth: true
            lines: 2
            size: Theme.title
            text: page.node.update.promise
        }
    }
}
