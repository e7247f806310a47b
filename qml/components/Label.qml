// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import Zos.Console

// One line of plain text in a box of fixed height, so that fallback fonts do not move neighbours.
// Names from outside can never become markup.
Text {
    id: label

    property int size: Theme.body
    property int lines: 1
    readonly property int boxHeight: Theme.lineBox(size) * lines

    Layout.preferredHeight: boxHeight
    color: Theme.text
    elide: lines > 1 ? Text.ElideNone : Text.ElideRight
    font.family: Theme.sans
    font.features: {
        "tnum": 1
    }
    font.pixelSize: size
    horizontalAlignment: Text.AlignLeft
    lineHeight: lines > 1 ? Theme.lineBox(size) : 1
    lineHeightMode: lines > 1 ? Text.FixedHeight : Text.ProportionalHeight
    maximumLineCount: lines
    renderType: Text.NativeRendering
    textFormat: Text.PlainText
    verticalAlignment: Text.AlignVCenter
    wrapMode: lines > 1 ? Text.WordWrap : Text.NoWrap
}
