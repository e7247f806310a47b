// SPDX-License-Identifier: Apache-2.0
import QtQuick
import Zos.Console

// What fills the space between header and footer. A page with more rows than fit says how many
// parts it has; the rotation tells it which one to show.
Item {
    required property ConsoleState node

    property int parts: 1
    property int part: 0
}
