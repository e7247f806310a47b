// SPDX-License-Identifier: Apache-2.0
import Zos.Console

// Names of devices, addresses and log lines: fixed width, no ligatures ("::" must stay two colons).
Label {
    font.family: Theme.mono
    font.features: {
        "liga": 0,
        "calt": 0
    }
}
