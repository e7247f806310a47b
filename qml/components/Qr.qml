// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import QtQuick.Shapes
import Zos.Console

// A page address for the reader's phone: whole-pixel modules, quiet zone of three, dark on light.
Rectangle {
    id: qr

    required property string address
    // The longest side there is room for.
    required property int room

    readonly property int modules: QrCode.modules(address)
    readonly property int dot: modules > 0 ? Math.max(1, Math.floor(room / (modules + 6))) : 0

    Layout.preferredHeight: height
    Layout.preferredWidth: width
    color: Theme.paper
    height: dot * (modules + 6)
    visible: modules > 0
    width: height

    Shape {
        anchors.fill: parent
        preferredRendererType: Shape.GeometryRenderer

        ShapePath {
            fillColor: Theme.ink
            strokeWidth: -1

            PathSvg {
                path: QrCode.path(qr.address, qr.dot, 3 * qr.dot)
            }
        }
    }
}
