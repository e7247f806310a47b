// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// A short word in a rounded frame; filled when it must be seen first.
Rectangle {
    id: pill

    required property string text
    property bool filled: false
    property color tone: Theme.accent
    property color wordTone: Theme.accentText
    property int size: Theme.small

    Layout.preferredHeight: implicitHeight
    border.color: tone
    border.width: Math.max(1, Theme.pick(1.5, 2, 2.4))
    color: filled ? tone : "transparent"
    implicitHeight: Theme.lineBox(size) + Theme.pick(5, 9, 13)
    implicitWidth: word.implicitWidth + Theme.pick(22, 29, 40)
    radius: height / 2

    Label {
        id: word

        anchors.centerIn: parent
        color: pill.filled ? Theme.ink : pill.wordTone
        elide: Text.ElideNone
        font.letterSpacing: size * 0.04
        font.weight: Font.Bold
        height: boxHeight
        size: pill.size
        text: pill.text
    }
}
