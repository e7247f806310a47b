// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayList>
#include <QByteArrayView>

// One program for each format that strangers write: libFuzzer changes inputs, the program checks
// what must hold for every one of them. Built by the preset "fuzz", run by tests/run --fuzz.
namespace zos::fuzz {

// Each program defines these two.
QByteArrayList seeds(); // genuine inputs to begin with
void tryInput(QByteArrayView input);

// What must hold. Ends the program, so that the input is kept, when it does not.
void expect(bool holds, const char *what);

// Memory allocated at the same time since the meter began; one meter at a time.
class AllocationMeter
{
public:
    AllocationMeter();
    ~AllocationMeter();
    AllocationMeter(const AllocationMeter &) = delete;
    AllocationMeter &operator=(const AllocationMeter &) = delete;
    // That it stayed within so much for every byte of input and so much on top.
    void expectAtMost(qsizetype perByte, qsizetype input, qsizetype extra) const;
};

} // namespace zos::fuzz
