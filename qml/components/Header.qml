// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// Which node this is, whose, on which network, and the time.
RowLayout {
    id: header

    required property ConsoleState node

    readonly property bool quiet: node.header.network === "development" || node.header.network === "local" || node.header.network === "unknown"

    spacing: Theme.gap

    Rectangle {
        Layout.preferredHeight: Theme.pick(22, 30, 42)
        Layout.preferredWidth: Theme.pick(22, 30, 42)
        color: Theme.accent
        radius: Math.round(width * 0.22)

        Label {
            anchors.centerIn: parent
            color: Theme.ink
            font.family: Theme.display
            font.weight: Font.Black
            height: boxHeight
            size: Math.max(12, Math.round(parent.width * 0.72))
            text: "Z"
        }
    }

    Label {
        font.family: Theme.display
        font.weight: Font.Bold
        size: Theme.big
        text: header.node.header.title
    }

    Label {
        color: Theme.text3
        size: Theme.title
        text: "·"
        visible: header.node.header.farm !== ""
    }

    Label {
        objectName: "farmName"

        Layout.fillWidth: true
        Layout.horizontalStretchFactor: 100
        Layout.maximumWidth: implicitWidth + 1
        color: Theme.text2
        size: Theme.title
        text: header.node.header.farm
        visible: text !== ""
    }

    Mono {
        Layout.alignment: Qt.AlignVCenter
        color: Theme.text3
        size: Theme.small
        text: header.node.header.farmNumber
        visible: text !== "" && !Theme.compact
    }

    Item {
        Layout.fillWidth: true
        Layout.horizontalStretchFactor: 1
    }

    Pill {
        filled: header.node.header.network === "production"
        text: header.node.header.badge
        tone: header.quiet ? Theme.idle : Theme.accent
        visible: text !== ""
        wordTone: header.quiet ? Theme.text2 : Theme.accentText
    }

    Label {
        color: header.node.clockSynced ? Theme.text : Theme.warn
        font.family: Theme.display
        font.weight: Font.DemiBold
        size: Theme.big
        text: Theme.compact ? header.node.clockShort : header.node.clock
    }
}
