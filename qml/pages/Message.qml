// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// One sentence that fills the screen.
Page {
    id: page

    readonly property bool alarming: page.node.message.state === "warn"

    RowLayout {
        anchors.centerIn: parent
        spacing: Theme.pick(16, 28, 40)
        width: parent.width - 2 * Theme.pick(10, 60, 180)

        StatusIcon {
            Layout.alignment: Qt.AlignVCenter
            level: page.node.message.state === "" ? "run" : page.node.message.state
            side: Theme.pick(54, 84, 120)
            tone: page.alarming ? Theme.alarm : Theme.accent
        }

        ColumnLayout {
            Layout.fillWidth: true
            spacing: Theme.px(4)

            Label {
                Layout.fillWidth: true
                color: Theme.alarmText
                font.family: Theme.display
                font.weight: Font.Bold
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.title
                size: Theme.hero
                text: page.node.message.title
            }

            Label {
                Layout.fillWidth: true
                color: Theme.alarmText
                lines: 2
                size: Theme.title
                text: page.node.message.detail
            }
        }
    }
}
