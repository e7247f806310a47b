// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// What the node is doing while it starts, and whether a person has to do something.
Page {
    id: page

    ColumnLayout {
        anchors.fill: parent
        anchors.topMargin: Theme.pick(8, 28, 40)
        spacing: 0

        Label {
            Layout.fillWidth: true
            font.family: Theme.display
            font.weight: Font.Bold
            size: Theme.hero
            text: page.node.boot.title
        }

        Label {
            Layout.fillWidth: true
            Layout.topMargin: Theme.px(8)
            color: page.node.boot.level === "warn" ? Theme.warn : Theme.text2
            font.weight: Font.Medium
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: 12
            text: page.node.boot.detail
        }

        Bar {
            Layout.bottomMargin: Theme.gap
            Layout.topMargin: Theme.gap
            share: page.node.boot.share
            tone: page.node.boot.level === "warn" ? Theme.warn : Theme.accent
        }

        Panel {
            visible: page.node.steps.count > 0

            Repeater {
                model: page.node.steps

                Item {
                    id: step

                    required property int index
                    required property string state
                    required property string name
                    required property string detail

                    readonly property bool waiting: state === "off"

                    Layout.fillHeight: true
                    Layout.fillWidth: true

                    Rectangle {
                        color: Theme.line
                        height: Theme.hairline
                        visible: step.index > 0
                        width: parent.width
                    }

                    RowLayout {
                        anchors.fill: parent
                        spacing: Theme.gap

                        StatusIcon {
                            level: step.state
                            side: Theme.pick(18, 22, 30)
                        }

                        Label {
                            Layout.preferredWidth: Theme.pick(170, 230, 330)
                            color: step.waiting ? Theme.text3 : Theme.text
                            font.weight: step.state === "run" ? Font.Bold : Font.Medium
                            size: Theme.title
                            text: step.name
                        }

                        Label {
                            Layout.fillWidth: true
                            color: Theme.wordColor(step.state, Theme.text2)
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: 12
                            text: step.detail
                        }
                    }
                }
            }
        }

        Item {
            Layout.fillHeight: true
            visible: page.node.steps.count === 0
        }
    }
}
