// SPDX-License-Identifier: Apache-2.0
import QtQml
import Zos.Console

// Decides which page is shown. Moves only with the clock's tick, so that a page change costs no
// frame of its own; a new alert goes to the events at once.
QtObject {
    id: rotation

    required property ConsoleState node
    required property string pinnedPage

    property int parts: 1
    property string page: pinnedPage !== "" ? pinnedPage : node.pages[0]
    property int part: 0
    property int elapsed: 0
    property int changes: 0

    readonly property int second: node.second
    readonly property int alarms: node.alarms
    readonly property list<string> pages: node.pages

    function dwell(): int {
        if (node.critical)
            return 15;
        if (parts > 1)
            return 8;
        return page === "overview" ? 20 : 12;
    }

    function show(name: string, spent: int) {
        if (page !== name)
            changes += 1;
        page = name;
        part = 0;
        elapsed = spent;
    }

    onAlarmsChanged: {
        // Stays 20 s there whatever the page's own time is.
        if (pinnedPage === "" && pages.indexOf("events") >= 0)
            show("events", dwell() - 20);
    }
    onPagesChanged: {
        if (pinnedPage === "" && pages.indexOf(page) < 0)
            show(pages[0], 0);
    }
    onPartsChanged: {
        if (part >= parts)
            part = 0;
    }
    onSecondChanged: {
        elapsed += 1;
        if (elapsed < dwell() || !node.rotate)
            return;
        if (part + 1 < parts) {
            part += 1;
            elapsed = 0;
        } else if (pinnedPage === "" && pages.length > 1) {
            show(pages[(pages.indexOf(page) + 1) % pages.length], 0);
        } else {
            part = 0;
            elapsed = 0;
        }
    }
}
