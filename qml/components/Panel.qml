// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// A framed area with an optional title and a note at the right of it.
Rectangle {
    id: panel

    property string title: ""
    property string note: ""
    property alias spacing: column.spacing
    default property alias content: column.data

    Layout.fillHeight: true
    Layout.fillWidth: true
    border.color: Theme.line
    border.width: Theme.hairline
    color: Theme.panel
    implicitHeight: column.implicitHeight + 2 * Theme.pad
    implicitWidth: column.implicitWidth + 2 * Theme.pad
    radius: Theme.radius

    ColumnLayout {
        id: column

        anchors.bottomMargin: Math.round(Theme.pad * 0.8)
        anchors.fill: parent
        anchors.leftMargin: Theme.pad
        anchors.rightMargin: Theme.pad
        anchors.topMargin: Math.round(Theme.pad * 0.7)
        spacing: 0

        RowLayout {
            Layout.bottomMargin: Theme.pick(2, 8, 10)
            Layout.fillHeight: false
            spacing: Theme.gap
            visible: panel.title !== ""

            Label {
                Layout.fillWidth: true
                color: Theme.text2
                font.weight: Font.DemiBold
                size: Theme.title
                text: panel.title
            }

            Label {
                color: Theme.text3
                font.weight: Font.Medium
                size: Theme.small
                text: panel.note
                visible: text !== ""
            }
        }
    }
}
