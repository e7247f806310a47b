// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// The one sentence: readable from two metres, with shape and colour.
Rectangle {
    id: band

    required property ConsoleState node
    readonly property string level: node.hero.level
    readonly property color tone: node.stale ? Theme.alarm : Theme.shapeColor(level)
    readonly property color words: node.stale ? Theme.alarmText : Theme.text

    Layout.fillWidth: true
    Layout.preferredHeight: Theme.pick(74, 116, 156)
    border.color: tone
    border.width: Math.max(1, Theme.pick(2, 2, 3))
    color: Theme.tint(level)
    radius: Theme.radius

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.pad
        anchors.rightMargin: Theme.pad
        spacing: Theme.pad

        StatusIcon {
            level: band.level
            mark: Theme.ink
            side: Theme.pick(40, 62, 88)
            tone: band.tone
        }

        ColumnLayout {
            Layout.fillWidth: true
            spacing: 0

            Label {
                Layout.fillWidth: true
                color: band.words
                font.family: Theme.display
                font.weight: Font.Bold
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.title
                size: Theme.hero
                text: band.node.hero.title
            }

            Label {
                Layout.fillWidth: true
                color: band.node.stale ? band.words : Theme.text2
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.small
                text: band.node.hero.detail
                visible: text !== ""
            }
        }

        ColumnLayout {
            spacing: 0
            visible: band.node.hero.more !== ""

            Label {
                Layout.alignment: Qt.AlignHCenter
                color: Theme.wordColor(band.level, Theme.text)
                font.family: Theme.display
                font.weight: Font.Bold
                size: Theme.hero
                text: band.node.hero.more
            }

            Label {
                Layout.alignment: Qt.AlignHCenter
                color: Theme.text2
                font.weight: Font.Medium
                size: Theme.small
                text: qsTr("more", "further alerts")
            }
        }
    }
}
