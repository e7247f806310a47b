// SPDX-License-Identifier: Apache-2.0
pragma Singleton

import QtQuick

// Every number and colour of the screen, in one place. Sizes follow the size of the window in three
// classes (compact, regular, wide), never the stated resolution of a monitor: those lie often.
QtObject {
    id: theme

    // Set by the frame.
    property int screenWidth: 1024
    property int screenHeight: 768
    property bool stale: false
    property bool dimmed: false

    readonly property bool compact: screenWidth < 900 || screenHeight < 600
    readonly property bool wide: !compact && screenWidth >= 1600 && screenHeight >= 900
    readonly property real unit: compact ? Math.min(screenWidth / 640, screenHeight / 480) : wide ? Math.min(screenWidth / 1920, screenHeight / 1080) : Math.min(screenWidth / 1024, screenHeight / 768)

    readonly property int hero: pick(27, 42, 58)
    readonly property int big: pick(21, 29, 40)
    readonly property int title: pick(16, 20, 28)
    readonly property int body: pick(14, 17, 23)
    readonly property int small: Math.max(12, pick(12, 14, 19))
    readonly property int gap: pick(8, 12, 18)
    readonly property int pad: pick(10, 16, 24)
    readonly property int margin: pick(12, 20, 36)
    readonly property int radius: pick(5, 8, 12)
    readonly property int hairline: Math.max(1, Math.round(unit * (wide ? 1.4 : 1)))
    readonly property int headerHeight: pick(40, 58, 85)
    readonly property int footerHeight: pick(36, 56, 80)

    readonly property string sans: "Inter"
    readonly property string display: "Inter Display"
    readonly property string mono: "JetBrains Mono"

    readonly property color bg: "#0A0E13"
    readonly property color panel: shade("#121A22")
    readonly property color line: shade("#263543")
    readonly property color track: shade("#22303D")
    readonly property color text: fade("#F2F6FA")
    readonly property color text2: fade("#B9C6D2")
    readonly property color text3: fade("#A3B1BE")
    readonly property color ok: fade("#5BE0A8")
    readonly property color warn: fade("#FFC94A")
    readonly property color crit: fade("#FB5B41")
    readonly property color critText: fade("#FF9A87")
    readonly property color accent: fade("#5C9DF5")
    readonly property color accentText: fade("#86B6FA")
    readonly property color idle: fade("#7D8C9A")
    readonly property color system: fade("#51626F")
    readonly property color paper: shade("#F4F7FA")
    readonly property color ink: "#0A0E13"
    // The band about old data is the one thing that does not fade.
    readonly property color alarm: shade("#FFC94A")
    readonly property color alarmText: shade("#F2F6FA")

    function pick(small: real, regular: real, large: real): int {
        return Math.round((compact ? small : wide ? large : regular) * unit);
    }

    function px(number: real): int {
        return Math.round(number * unit);
    }

    // The box a line of text of that size sits in.
    function lineBox(size: int): int {
        return Math.round(size * 1.3);
    }

    function shade(base: color): color {
        return dimmed ? Qt.rgba(base.r * 0.6, base.g * 0.6, base.b * 0.6, 1) : base;
    }

    function fade(base: color): color {
        const lit = shade(base);
        if (!stale)
            return lit;
        const grey = 0.3 * lit.r + 0.59 * lit.g + 0.11 * lit.b;
        return Qt.rgba(bg.r + (grey - bg.r) * 0.4, bg.g + (grey - bg.g) * 0.4, bg.b + (grey - bg.b) * 0.4, 1);
    }

    function shapeColor(level: string): color {
        switch (level) {
        case "ok":
            return ok;
        case "warn":
        case "paused":
            return warn;
        case "crit":
            return crit;
        case "run":
        case "starting":
            return accent;
        }
        return idle;
    }

    function wordColor(level: string, plain: color): color {
        return level === "crit" ? critText : level === "warn" || level === "paused" ? warn : plain;
    }

    function tint(level: string): color {
        return shade(level === "crit" ? "#36160E" : level === "warn" ? "#30280F" : "#102B20");
    }
}
