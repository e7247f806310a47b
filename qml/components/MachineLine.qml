// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// One fact about the machine, written so that it can be read off a photo.
RowLayout {
    id: fact

    required property string label
    required property string value

    Layout.fillHeight: false
    Layout.fillWidth: true
    Layout.preferredHeight: Theme.pick(24, 35, 48)
    spacing: Theme.gap

    Label {
        Layout.preferredWidth: Theme.pick(76, 124, 176)
        color: Theme.text3
        text: fact.label
    }

    Mono {
        Layout.fillWidth: true
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: 12
        size: Theme.pick(13, 16, 22)
        text: fact.value
    }
}
