// SPDX-License-Identifier: Apache-2.0
#pragma once

// Functions of the C library, under their names and none that its headers know.
#define ZOS_TAKES_OVER(symbol) __asm__(symbol) __attribute__((visibility("default")))
