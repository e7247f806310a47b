// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// What is wrong, what to do about it, and the number to quote; below it the last lines of the log.
Page {
    id: page

    readonly property int cardHeight: Theme.pick(72, 106, 148)
    readonly property int cardsFit: Math.max(1, Math.floor((height - Theme.pick(110, 200, 280)) / (cardHeight + Theme.gap)))
    readonly property int hidden: Math.max(0, page.node.alerts.count - cardsFit)

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap

        Repeater {
            model: page.node.alerts

            Rectangle {
                id: card

                required property int index
                required property string severity
                required property string title
                required property string detail
                required property string advice
                required property string age
                required property string ref

                Layout.fillWidth: true
                Layout.preferredHeight: page.cardHeight
                border.color: Theme.shapeColor(severity)
                border.width: Theme.hairline
                color: Theme.tint(severity)
                radius: Theme.radius
                visible: index < page.cardsFit

                RowLayout {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.pad
                    anchors.rightMargin: Theme.pad
                    spacing: Theme.pad

                    StatusIcon {
                        level: card.severity
                        side: Theme.pick(28, 42, 58)
                    }

                    ColumnLayout {
                        Layout.fillWidth: true
                        spacing: 0

                        Label {
                            Layout.fillWidth: true
                            font.family: Theme.display
                            font.weight: Font.Bold
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: Theme.body
                            size: Theme.pick(17, 24, 33)
                            text: card.title
                        }

                        Label {
                            Layout.fillWidth: true
                            color: Theme.text2
                            objectName: "alertDetail"
                            size: Theme.pick(12, 17, 23)
                            text: card.detail
                            visible: text !== ""
                        }

                        Label {
                            Layout.fillWidth: true
                            color: Theme.wordColor(card.severity, Theme.text)
                            font.weight: Font.DemiBold
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            size: Theme.pick(12, 17, 23)
                            text: card.advice
                        }
                    }

                    ColumnLayout {
                        spacing: 0

                        Label {
                            Layout.alignment: Qt.AlignRight
                            color: Theme.text2
                            size: Theme.pick(12, 17, 23)
                            text: card.age
                        }

                        Mono {
                            Layout.alignment: Qt.AlignRight
                            color: Theme.text2
                            size: Theme.small
                            text: card.ref
                        }
                    }
                }
            }
        }

        Panel {
            note: page.hidden > 0 ? qsTr("%n more alert(s)", "", page.hidden) : qsTr("newest at the bottom")
            title: qsTr("Log")

            Item {
                id: room

                Layout.fillHeight: true
                Layout.fillWidth: true
                Layout.topMargin: Theme.px(6)

                Label {
                    anchors.centerIn: parent
                    color: Theme.text3
                    height: boxHeight
                    text: qsTr("Nothing yet")
                    visible: page.node.log.count === 0
                }

                ListView {
                    id: lines

                    readonly property int rowHeight: Math.round(Theme.small * 1.64)
                    readonly property int rows: Math.min(count, Math.floor(room.height / rowHeight))

                    anchors.bottom: parent.bottom
                    cacheBuffer: 0
                    clip: true
                    contentY: (count - rows) * rowHeight
                    height: rows * rowHeight
                    interactive: false
                    model: page.node.log
                    width: parent.width

                    delegate: RowLayout {
                        id: line

                        required property int index
                        required property string time
                        required property string level
                        required property string unit
                        required property string text

                        height: lines.rowHeight
                        spacing: Theme.pick(8, 12, 16)
                        visible: index >= lines.count - lines.rows
                        width: lines.width

                        Mono {
                            color: Theme.text3
                            size: Theme.small
                            text: line.time
                        }

                        Rectangle {
                            Layout.preferredHeight: Math.round(Theme.small * 1.05)
                            Layout.preferredWidth: Theme.pick(4, 5, 7)
                            color: line.level === "off" ? Theme.line : Theme.shapeColor(line.level)
                            radius: width / 2
                        }

                        Mono {
                            Layout.preferredWidth: Math.round(Theme.small * 6.4)
                            color: Theme.text2
                            objectName: "logUnit"
                            size: Theme.small
                            text: line.unit
                        }

                        Mono {
                            Layout.fillWidth: true
                            color: Theme.wordColor(line.level, Theme.text2)
                            objectName: "logText"
                            size: Theme.small
                            text: line.text
                        }
                    }
                }
            }
        }
    }
}
