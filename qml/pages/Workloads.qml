// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Every workload, bad ones first, as many whole rows as fit; the rotation turns the parts over.
Page {
    id: page

    readonly property int stateWidth: Theme.pick(94, 128, 190)
    readonly property int contractWidth: Theme.pick(64, 90, 130)
    readonly property int twinWidth: Theme.pick(42, 70, 110)
    readonly property int ageWidth: Theme.pick(58, 92, 140)
    readonly property int typeWidth: Theme.pick(142, 206, 320)
    readonly property int iconWidth: Theme.pick(16, 20, 28)

    parts: Math.max(1, Math.ceil(page.node.workloads.count / Math.max(1, table.rows)))

    Panel {
        anchors.fill: parent
        note: page.parts > 1 ? qsTr("page %1 of %2").arg(page.part + 1).arg(page.parts) : ""
        title: page.node.overview.workloadsLong

        RowLayout {
            Layout.fillHeight: false
            Layout.preferredHeight: Theme.pick(26, 40, 56)
            spacing: Theme.gap
            visible: page.node.workloads.count > 0

            Item {
                Layout.preferredWidth: page.iconWidth
            }

            Label {
                Layout.preferredWidth: page.typeWidth
                color: Theme.text3
                text: qsTr("Type")
            }

            Label {
                Layout.preferredWidth: page.stateWidth
                color: Theme.text3
                text: qsTr("State")
            }

            Label {
                Layout.fillWidth: true
                color: Theme.text3
                text: qsTr("Size")
            }

            Label {
                Layout.preferredWidth: page.contractWidth
                color: Theme.text3
                text: qsTr("Contract")
            }

            Label {
                Layout.preferredWidth: page.twinWidth
                color: Theme.text3
                text: qsTr("Twin")
            }

            Label {
                Layout.preferredWidth: page.ageWidth
                color: Theme.text3
                horizontalAlignment: Text.AlignRight
                text: qsTr("Age")
            }
        }

        Item {
            id: room

            Layout.fillHeight: true
            Layout.fillWidth: true

            Label {
                anchors.centerIn: parent
                color: Theme.text3
                height: boxHeight
                size: Theme.title
                text: qsTr("No workloads yet")
                visible: page.node.workloads.count === 0
            }

            ListView {
                id: table

                readonly property int rowHeight: Theme.pick(27, 40, 56)
                readonly property int rows: Math.max(1, Math.floor(room.height / rowHeight))

                cacheBuffer: 0
                clip: true
                contentY: page.part * rows * rowHeight
                height: rows * rowHeight
                interactive: false
                model: page.node.workloads
                width: parent.width

                delegate: Item {
                    id: row

                    required property int index
                    required property string state
                    required property string type
                    required property string stateName
                    required property string size
                    required property string contract
                    required property string twin
                    required property string age

                    height: table.rowHeight
                    // Shapes are not clipped by the list: a row beyond the edge must not be drawn at all.
                    visible: Math.floor(index / table.rows) === page.part
                    width: table.width

                    Rectangle {
                        color: Theme.line
                        height: Theme.hairline
                        width: parent.width
                    }

                    RowLayout {
                        anchors.fill: parent
                        spacing: Theme.gap

                        StatusIcon {
                            Layout.preferredWidth: page.iconWidth
                            level: row.state
                            side: page.iconWidth
                        }

                        Label {
                            Layout.preferredWidth: page.typeWidth
                            font.weight: Font.DemiBold
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            objectName: "workloadType"
                            text: row.type
                        }

                        Label {
                            Layout.preferredWidth: page.stateWidth
                            color: Theme.wordColor(row.state, Theme.text2)
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            text: row.stateName
                        }

                        Label {
                            objectName: "sizeOrReason"

                            Layout.fillWidth: true
                            color: Theme.wordColor(row.state === "crit" ? "crit" : "ok", Theme.text2)
                            text: row.size
                        }

                        Label {
                            Layout.preferredWidth: page.contractWidth
                            font.weight: Font.Medium
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            text: row.contract
                        }

                        Label {
                            Layout.preferredWidth: page.twinWidth
                            color: Theme.text2
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            text: row.twin
                        }

                        Label {
                            Layout.preferredWidth: page.ageWidth
                            color: Theme.text2
                            horizontalAlignment: Text.AlignRight
                            text: row.age
                        }
                    }
                }
            }
        }
    }
}
