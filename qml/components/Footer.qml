// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Where in the round of pages this is, and what runs here.
RowLayout {
    id: footer

    required property ConsoleState node
    required property string page

    readonly property bool inRound: node.view === "pages"

    function title(name: string): string {
        switch (name) {
        case "overview":
            return qsTr("Overview");
        case "network":
            return qsTr("Network");
        case "storage":
            return qsTr("Storage");
        case "workloads":
            return qsTr("Workloads");
        }
        return qsTr("Events");
    }

    spacing: Theme.pick(10, 18, 30)

    Repeater {
        model: footer.inRound ? footer.node.pages : []

        RowLayout {
            id: place

            required property string modelData

            readonly property bool here: modelData === footer.page

            Layout.fillWidth: false
            spacing: Theme.pick(4, 7, 10)

            Rectangle {
                Layout.preferredHeight: Theme.pick(7, 9, 12)
                Layout.preferredWidth: place.here ? Theme.pick(19, 24, 32) : Layout.preferredHeight
                color: place.here ? Theme.accent : Theme.track
                radius: height / 2
            }

            Label {
                color: place.here ? Theme.text : Theme.text3
                font.weight: place.here ? Font.Bold : Font.Medium
                size: Theme.small
                text: footer.title(place.modelData)
                visible: place.here || !Theme.compact
            }
        }
    }

    Item {
        Layout.fillWidth: true
    }

    Label {
        Layout.fillWidth: true
        Layout.maximumWidth: implicitWidth + 1
        color: Theme.text3
        font.weight: Font.Medium
        horizontalAlignment: Text.AlignRight
        size: Theme.small
        text: {
            const parts = [];
            if (footer.node.footer.note !== "")
                parts.push(footer.node.footer.note);
            else if (!Theme.compact)
                parts.push(qsTr("Read-only display"));
            parts.push(footer.node.footer.version);
            if (Theme.wide && footer.node.footer.kernel !== "")
                parts.push(footer.node.footer.kernel);
            parts.push(Theme.compact ? footer.node.footer.uptime : footer.node.footer.uptimeLong);
            return parts.join("  ·  ");
        }
    }
}
