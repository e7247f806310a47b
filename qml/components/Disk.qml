// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// One disk: what to look for in the shelf and how it is doing. As a cell only the essentials.
Rectangle {
    id: disk

    required property string key
    required property string state
    required property string size
    required property string model
    required property string place
    required property string health
    required property string kind
    property bool cell: false

    readonly property bool bad: state === "warn" || state === "crit"

    Layout.fillHeight: true
    Layout.fillWidth: true
    Layout.maximumHeight: cell ? Theme.pick(76, 100, 140) : -1
    border.color: bad ? Theme.shapeColor(state) : Theme.line
    border.width: bad ? Math.max(1, Theme.pick(1, 1.5, 2)) : Theme.hairline
    color: bad ? Theme.tint(state) : Theme.panel
    radius: Theme.radius

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: disk.cell ? Math.round(Theme.pad * 0.55) : Theme.pad * 0.8
        spacing: 0

        RowLayout {
            Layout.fillHeight: false
            spacing: Theme.pick(6, 9, 13)

            StatusIcon {
                level: disk.state
                side: Theme.pick(15, disk.cell ? 18 : 22, disk.cell ? 25 : 30)
            }

            Mono {
                Layout.fillWidth: true
                font.weight: Font.Medium
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: 12
                size: disk.cell ? Theme.body : Theme.title
                text: disk.key
            }

            Label {
                font.weight: Font.Bold
                size: disk.cell ? Theme.small : Theme.title
                text: disk.size
            }
        }

        Item {
            Layout.fillHeight: true
        }

        Label {
            Layout.fillWidth: true
            color: Theme.text2
            objectName: "diskModel"
            text: disk.model
            visible: !disk.cell && !Theme.compact
        }

        Label {
            Layout.fillWidth: true
            color: Theme.text2
            font.weight: Font.Medium
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: 12
            objectName: "diskPlace"
            size: Theme.small
            text: disk.place
            visible: !disk.cell && text !== ""
        }

        Item {
            Layout.fillHeight: true
        }

        RowLayout {
            Layout.fillHeight: false
            spacing: Theme.pick(4, 8, 12)

            Label {
                Layout.fillWidth: true
                color: Theme.wordColor(disk.state, Theme.text2)
                font.weight: disk.bad ? Font.Bold : Font.Medium
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: 12
                objectName: "diskHealth"
                size: Theme.small
                text: disk.health
            }

            Label {
                color: Theme.text2
                font.weight: Font.Medium
                size: Theme.small
                text: disk.kind
                visible: !Theme.compact || !(disk.cell || disk.bad)
            }
        }
    }
}
