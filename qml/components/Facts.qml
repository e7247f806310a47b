// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Zos.Console

// Label and value, one pair a line; a value that is too long is written smaller, not cut.
ColumnLayout {
    id: facts

    required property KeyedListModel rows

    Layout.fillHeight: true
    Layout.fillWidth: true
    spacing: 0

    Repeater {
        model: facts.rows

        RowLayout {
            id: fact

            required property string label
            required property string value

            Layout.fillWidth: true
            Layout.preferredHeight: Theme.pick(26, 43, 60)
            spacing: Theme.gap

            Label {
                Layout.preferredWidth: Theme.pick(82, 124, 176)
                color: Theme.text3
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: 12
                text: fact.label
            }

            Mono {
                Layout.fillWidth: true
                elide: Text.ElideMiddle
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: 12
                objectName: "factValue"
                size: Theme.pick(13, 16, 22)
                text: fact.value
            }
        }
    }

    Item {
        Layout.fillHeight: true
    }
}
