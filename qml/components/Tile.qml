// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// One resource: how much there is, how much is promised, how much is used right now.
Panel {
    id: tile

    required property string name
    required property string total
    required property string percent
    required property string label
    required property real systemShare
    required property real reservedShare
    required property real marker
    required property string live
    required property string liveShort

    RowLayout {
        Layout.fillHeight: false
        spacing: Theme.gap

        Label {
            Layout.fillWidth: true
            color: Theme.text2
            font.weight: Font.DemiBold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: 12
            text: tile.name
        }

        Label {
            color: Theme.text2
            text: tile.total
        }
    }

    Item {
        Layout.fillHeight: true
    }

    RowLayout {
        Layout.fillHeight: false
        spacing: Math.round(Theme.gap * 0.7)

        Label {
            Layout.alignment: Qt.AlignBaseline
            font.family: Theme.display
            font.weight: Font.Bold
            size: Theme.hero
            text: tile.percent
        }

        Label {
            Layout.alignment: Qt.AlignBaseline
            Layout.fillWidth: true
            color: Theme.text2
            text: tile.label
        }

        Label {
            Layout.alignment: Qt.AlignBaseline
            color: Theme.text3
            font.weight: Font.Medium
            size: Theme.small
            text: tile.liveShort
            visible: Theme.compact && text !== ""
        }
    }

    Item {
        Layout.fillHeight: true
    }

    Bar {
        marker: tile.marker
        share: tile.reservedShare
        systemShare: tile.systemShare
    }

    Label {
        Layout.fillWidth: true
        Layout.topMargin: Theme.px(8)
        color: Theme.text2
        font.weight: Font.Medium
        size: Theme.small
        text: tile.live
        visible: !Theme.compact
    }
}
