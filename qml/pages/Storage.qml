// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Which disk of the many: cards for a few, cells for a shelf full; below them the pools.
Page {
    id: page

    readonly property bool cells: node.disks.count > 6
    readonly property int columns: cells ? (Theme.compact ? 4 : 6) : 3
    readonly property int poolsFit: Theme.compact ? 4 : 8
    readonly property int poolRow: Theme.pick(24, 34, 46)
    readonly property int poolRows: Math.min(node.pools.count, poolsFit)
    readonly property int poolsHeight: poolRows > 0 ? Theme.pick(44, 62, 84) + poolRows * poolRow : 0
    readonly property int diskRoom: height - poolsHeight - (poolRows > 0 ? Theme.gap : 0)
    readonly property int cellHeight: cells ? Theme.pick(48, 66, 92) : Theme.pick(84, 130, 180)
    readonly property int rowsFit: Math.max(1, Math.floor((diskRoom + Theme.gap) / (cellHeight + Theme.gap)))
    readonly property int perPart: rowsFit * columns

    parts: Math.max(1, Math.ceil(node.disks.count / perPart))

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap

        GridLayout {
            Layout.fillHeight: true
            Layout.fillWidth: true
            columnSpacing: Theme.gap
            columns: page.columns
            rowSpacing: Theme.gap
            uniformCellHeights: true
            uniformCellWidths: true

            Repeater {
                model: page.node.disks

                Disk {
                    required property int index

                    cell: page.cells
                    visible: Math.floor(index / page.perPart) === page.part
                }
            }
        }

        Panel {
            Layout.fillHeight: false
            Layout.preferredHeight: page.poolsHeight
            note: page.node.pools.count > page.poolsFit ? qsTr("%n more", "", page.node.pools.count - page.poolsFit) : qsTr("reserved · written")
            title: qsTr("Pools")
            visible: page.poolRows > 0

            Repeater {
                model: page.node.pools

                RowLayout {
                    id: pool

                    required property int index
                    required property string key
                    required property string state
                    required property string kind
                    required property string disks
                    required property real reservedShare
                    required property real marker
                    required property string reserved
                    required property string written

                    Layout.fillWidth: true
                    Layout.preferredHeight: page.poolRow
                    spacing: Theme.gap
                    visible: index < page.poolsFit

                    StatusIcon {
                        level: pool.state
                        side: Theme.pick(15, 18, 25)
                    }

                    Mono {
                        Layout.preferredWidth: Theme.pick(74, 92, 130)
                        size: Theme.pick(13, 16, 22)
                        text: pool.key
                    }

                    Label {
                        Layout.preferredWidth: Theme.pick(34, 44, 62)
                        color: Theme.text2
                        text: pool.kind
                    }

                    Mono {
                        Layout.preferredWidth: Theme.pick(68, 84, 130)
                        color: Theme.text2
                        fontSizeMode: Text.HorizontalFit
                        minimumPixelSize: 12
                        size: Theme.pick(13, 16, 22)
                        text: pool.disks
                    }

                    Bar {
                        marker: pool.marker
                        share: pool.reservedShare
                    }

                    Label {
                        Layout.preferredWidth: Theme.pick(46, 56, 80)
                        font.weight: Font.DemiBold
                        horizontalAlignment: Text.AlignRight
                        text: pool.reserved
                    }

                    Label {
                        Layout.preferredWidth: Theme.pick(46, 56, 80)
                        color: Theme.text2
                        horizontalAlignment: Text.AlignRight
                        text: pool.written
                    }
                }
            }
        }
    }
}
