// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Layouts
import QtQuick.Shapes
import Zos.Console

// A state as a shape: told apart without colour. ok: disc with tick; warn: triangle; crit: octagon
// with cross; run: filled clock; starting: hollow clock; paused: square with bars; off: ring with dash.
Shape {
    id: icon

    required property string level
    property int side: Theme.px(22)
    property color tone: Theme.shapeColor(level)
    property color mark: Theme.ink
    readonly property bool hollow: level === "starting" || level === "off"
    readonly property real pen: level === "warn" ? 0.07 : hollow ? 0.085 : 0

    function point(x: real, y: real): string {
        return (x * side).toFixed(2) + " " + (y * side).toFixed(2) + " ";
    }

    function ring(radius: real): string {
        const r = (radius * side).toFixed(2);
        const across = (2 * radius * side).toFixed(2);
        return "M" + point(0.5 - radius, 0.5) + "a" + r + " " + r + " 0 1 0 " + across + " 0 a" + r + " " + r + " 0 1 0 -" + across + " 0z";
    }

    function bodyPath(): string {
        switch (level) {
        case "warn":
            return "M" + point(0.5, 0.1) + "L" + point(0.955, 0.895) + "L" + point(0.045, 0.895) + "z";
        case "crit":
            return "M" + point(0.293, 0) + "L" + point(0.707, 0) + "L" + point(1, 0.293) + "L" + point(1, 0.707) + "L" + point(0.707, 1) + "L" + point(0.293, 1) + "L" + point(0, 0.707) + "L" + point(0, 0.293) + "z";
        case "paused":
            return "M" + point(0.06, 0.06) + "L" + point(0.94, 0.06) + "L" + point(0.94, 0.94) + "L" + point(0.06, 0.94) + "z";
        case "starting":
        case "off":
            return ring(0.44);
        }
        return ring(0.5);
    }

    function markPath(): string {
        switch (level) {
        case "ok":
            return "M" + point(0.27, 0.53) + "L" + point(0.43, 0.69) + "L" + point(0.73, 0.36);
        case "warn":
            return "M" + point(0.5, 0.4) + "L" + point(0.5, 0.6) + "M" + point(0.5, 0.775) + "L" + point(0.5, 0.776);
        case "crit":
            return "M" + point(0.33, 0.33) + "L" + point(0.67, 0.67) + "M" + point(0.67, 0.33) + "L" + point(0.33, 0.67);
        case "paused":
            return "M" + point(0.37, 0.32) + "L" + point(0.37, 0.68) + "M" + point(0.63, 0.32) + "L" + point(0.63, 0.68);
        case "run":
        case "starting":
            return "M" + point(0.5, 0.24) + "L" + point(0.5, 0.53) + "L" + point(0.68, 0.63);
        }
        return "M" + point(0.32, 0.5) + "L" + point(0.68, 0.5);
    }

    Layout.preferredHeight: side
    Layout.preferredWidth: side
    height: side
    preferredRendererType: Shape.GeometryRenderer
    width: side

    ShapePath {
        fillColor: icon.hollow ? "transparent" : icon.tone
        joinStyle: ShapePath.RoundJoin
        strokeColor: icon.pen > 0 ? icon.tone : "transparent"
        strokeWidth: icon.pen > 0 ? Math.max(1, icon.pen * icon.side) : -1

        PathSvg {
            path: icon.bodyPath()
        }
    }

    ShapePath {
        capStyle: ShapePath.RoundCap
        fillColor: "transparent"
        joinStyle: ShapePath.RoundJoin
        strokeColor: icon.hollow ? icon.tone : icon.mark
        strokeWidth: Math.max(1.2, (icon.hollow ? 0.085 : icon.level === "warn" ? 0.115 : 0.12) * icon.side)

        PathSvg {
            path: icon.markPath()
        }
    }
}
