// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// How much of something is promised: the node's own part in grey, workloads in blue, and a marker
// where the live figure is. Shares are 0..1, a marker below 0 is not drawn.
Item {
    id: bar

    required property real share
    property real systemShare: 0
    property real marker: -1
    property color tone: Theme.accent
    readonly property int thickness: Theme.pick(9, 11, 14)
    readonly property real safeShare: isNaN(share) ? 0 : Math.max(0, Math.min(1, share))
    readonly property real safeSystem: isNaN(systemShare) ? 0 : Math.max(0, Math.min(safeShare, systemShare))

    Layout.fillWidth: true
    Layout.preferredHeight: thickness + Theme.pick(6, 6, 8)
    implicitHeight: thickness + Theme.pick(6, 6, 8)

    Rectangle {
        id: groove

        anchors.verticalCenter: parent.verticalCenter
        color: Theme.track
        height: bar.thickness
        radius: height / 2
        width: parent.width
    }

    Rectangle {
        id: taken

        anchors.verticalCenter: parent.verticalCenter
        color: bar.tone
        height: bar.thickness
        radius: Math.min(width, height) / 2
        visible: bar.safeShare > 0
        width: Math.round(groove.width * bar.safeShare)
    }

    // The same bar in grey, cut off where the node's own part ends.
    Item {
        anchors.verticalCenter: parent.verticalCenter
        clip: true
        height: bar.thickness
        visible: bar.safeSystem > 0
        width: Math.round(groove.width * bar.safeSystem)

        Rectangle {
            color: Theme.system
            height: parent.height
            radius: taken.radius
            width: taken.width
        }
    }

    Rectangle {
        color: Theme.ink
        height: bar.height
        visible: bar.marker >= 0
        width: Math.max(3, Theme.px(Theme.wide ? 4 : 3))
        x: Math.round(Math.max(0, Math.min(1, bar.marker)) * (groove.width - width))

        Rectangle {
            anchors.centerIn: parent
            color: Theme.text
            height: parent.height
            width: Math.max(1, parent.width - 2 * Math.max(1, Theme.px(1)))
        }
    }
}
