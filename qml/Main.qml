// SPDX-License-Identifier: Apache-2.0
pragma ComponentBehavior: Bound

import QtQuick
import Zos.Console

// The frame of every page and the choice of what it holds. Nothing here reacts to input.
Rectangle {
    id: root

    required property ConsoleState node
    required property string pinnedPage

    // Against burn-in the whole picture moves a little with each page change.
    readonly property list<point> shifts: [Qt.point(0, 0), Qt.point(3, -2), Qt.point(-3, 2), Qt.point(5, 1), Qt.point(-5, -1), Qt.point(2, 3), Qt.point(-2, -3), Qt.point(6, -4), Qt.point(-6, 4), Qt.point(4, 2), Qt.point(-4, -2), Qt.point(1, -3), Qt.point(-1, 3), Qt.point(6, 0), Qt.point(-6, 0), Qt.point(0, 4)]
    readonly property point shift: shifts[turns.changes % shifts.length]

    color: Theme.bg

    Binding {
        property: "screenWidth"
        target: Theme
        value: root.width
        when: root.width > 0
    }

    Binding {
        property: "screenHeight"
        target: Theme
        value: root.height
        when: root.height > 0
    }

    Binding {
        property: "stale"
        target: Theme
        value: root.node.stale
    }

    Binding {
        property: "dimmed"
        target: Theme
        value: root.node.dimmed
    }

    Rotation {
        id: turns

        node: root.node
        parts: loader.page ? loader.page.parts : 1
        pinnedPage: root.pinnedPage
    }

    Item {
        id: frame

        height: root.height
        width: root.width
        x: Theme.px(root.shift.x)
        y: Theme.px(root.shift.y)

        Header {
            height: Theme.headerHeight
            node: root.node
            width: parent.width - 2 * Theme.margin
            x: Theme.margin
        }

        Loader {
            id: loader

            readonly property Page page: item as Page

            height: parent.height - Theme.headerHeight - Theme.footerHeight
            sourceComponent: {
                switch (root.node.view) {
                case "boot":
                    return boot;
                case "unconfigured":
                    return noFarm;
                case "update":
                    return update;
                case "message":
                    return message;
                }
                switch (turns.page) {
                case "network":
                    return network;
                case "storage":
                    return storage;
                case "workloads":
                    return workloads;
                case "events":
                    return events;
                }
                return overview;
            }
            width: parent.width - 2 * Theme.margin
            x: Theme.margin
            y: Theme.headerHeight
        }

        Footer {
            height: Theme.footerHeight
            node: root.node
            page: turns.page
            width: parent.width - 2 * Theme.margin
            x: Theme.margin
            y: parent.height - height + Theme.pick(2, 5, 6)
        }
    }

    Component {
        id: overview

        Overview {
            node: root.node
        }
    }

    Component {
        id: network

        Network {
            node: root.node
        }
    }

    Component {
        id: storage

        Storage {
            node: root.node
            part: turns.part
        }
    }

    Component {
        id: workloads

        Workloads {
            node: root.node
            part: turns.part
        }
    }

    Component {
        id: events

        Events {
            node: root.node
        }
    }

    Component {
        id: boot

        Boot {
            node: root.node
        }
    }

    Component {
        id: noFarm

        NoFarm {
            node: root.node
        }
    }

    Component {
        id: update

        Update {
            node: root.node
        }
    }

    Component {
        id: message

        Message {
            node: root.node
        }
    }
}
