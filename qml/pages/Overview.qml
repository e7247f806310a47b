// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Is it fine? One sentence, four resources, the connections, the workloads.
Page {
    id: page

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap

        Hero {
            Layout.fillHeight: page.node.tiles.count + page.node.connections.count === 0
            node: page.node
        }

        GridLayout {
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: Theme.pick(196, 199, 277)
            columnSpacing: Theme.gap
            columns: Theme.compact ? 2 : 4
            rowSpacing: Theme.gap
            uniformCellWidths: true
            visible: page.node.tiles.count > 0

            Repeater {
                model: page.node.tiles

                Tile {}
            }
        }

        RowLayout {
            id: bottom

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: Theme.pick(116, 315, 444)
            spacing: Theme.gap
            visible: page.node.connections.count > 0 || page.node.overview.hasWorkloads

            Panel {
                title: Theme.compact ? "" : qsTr("Connections")
                visible: page.node.connections.count > 0

                GridLayout {
                    Layout.fillHeight: true
                    Layout.fillWidth: true
                    Layout.maximumHeight: Number.POSITIVE_INFINITY
                    columnSpacing: Theme.gap
                    columns: Theme.compact ? 2 : 1
                    flow: GridLayout.LeftToRight
                    rowSpacing: 0
                    uniformCellWidths: true

                    Repeater {
                        model: page.node.connections

                        RowLayout {
                            id: row

                            required property string state
                            required property string name
                            required property string detail
                            required property string latency

                            Layout.fillHeight: true
                            Layout.fillWidth: true
                            Layout.maximumHeight: Number.POSITIVE_INFINITY
                            spacing: Theme.pick(7, 10, 14)

                            StatusIcon {
                                level: row.state
                                side: Theme.pick(15, 19, 26)
                            }

                            Label {
                                Layout.fillWidth: Theme.compact
                                Layout.preferredWidth: Theme.compact ? -1 : Theme.pick(120, 120, 174)
                                font.weight: Font.DemiBold
                                text: row.name
                            }

                            Label {
                                Layout.fillWidth: true
                                color: Theme.wordColor(row.state, Theme.text2)
                                font.weight: Font.Medium
                                fontSizeMode: Text.HorizontalFit
                                minimumPixelSize: Theme.small
                                text: row.detail
                                visible: !Theme.compact
                            }

                            Label {
                                color: Theme.text3
                                text: row.latency
                                visible: !Theme.compact && text !== ""
                            }
                        }
                    }
                }
            }

            Panel {
                Layout.fillWidth: page.node.connections.count === 0
                Layout.preferredWidth: Theme.pick(0, 272, 564)
                note: page.node.overview.workloads
                title: qsTr("Workloads")
                visible: page.node.overview.hasWorkloads && !Theme.compact

                Repeater {
                    model: page.node.workloadCounts

                    RowLayout {
                        id: tally

                        required property string state
                        required property string name
                        required property string count

                        Layout.fillHeight: true
                        Layout.fillWidth: true
                        Layout.maximumHeight: Number.POSITIVE_INFINITY
                        spacing: Theme.pick(7, 10, 14)

                        StatusIcon {
                            level: tally.state
                            side: Theme.pick(15, 19, 26)
                        }

                        Label {
                            Layout.fillWidth: true
                            color: tally.state === "off" ? Theme.text3 : Theme.text
                            font.weight: Font.Medium
                            text: tally.name
                        }

                        Label {
                            color: tally.state === "off" ? Theme.text3 : Theme.text
                            font.family: Theme.display
                            font.weight: Font.Bold
                            size: Theme.title
                            text: tally.count
                        }
                    }
                }
            }

            Panel {
                id: code

                readonly property int room: Math.min(width - 2 * Theme.pad, height - 2 * Theme.pad - (Theme.compact ? 0 : Theme.lineBox(Theme.title) + Theme.lineBox(Theme.small) + Theme.gap))

                Layout.fillWidth: false
                Layout.preferredWidth: Theme.compact ? bottom.height : Theme.pick(0, 230, 350)
                title: Theme.compact ? "" : qsTr("Node page")
                visible: page.node.overview.nodePage !== ""

                Item {
                    Layout.fillHeight: true
                    Layout.fillWidth: true

                    Qr {
                        address: page.node.overview.nodePage
                        anchors.centerIn: parent
                        room: Theme.compact ? code.height - Theme.pad : code.room
                    }
                }

                Label {
                    Layout.fillWidth: true
                    color: Theme.text3
                    font.weight: Font.Medium
                    horizontalAlignment: Text.AlignHCenter
                    size: Theme.small
                    text: qsTr("Scan to open")
                    visible: !Theme.compact
                }
            }
        }
    }
}
