// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The guest's side of the seed, the text by which the node tells a machine who it is. This file
// pair knows neither Qt nor the kernel, so the same code is tested on the host.
namespace zos::guest {

struct Route
{
    std::string to; // CIDR
    std::string via; // address, empty = on-link
};

struct Nic
{
    std::string mac;
    std::string name; // empty = keep the kernel's
    std::vector<std::string> addresses; // CIDR
    std::vector<Route> routes;
    char routerAdvertisements = '0'; // value of accept_ra
};

struct Mount
{
    bool share = false; // virtiofs tag, otherwise the serial of a disk
    std::string source;
    std::string target; // absolute path, never "/" and without ".."
};

struct Seed
{
    std::string hostname = "zos";
    std::string rootTag = "vroot";
    bool rootReadOnly = false;
    std::vector<Nic> nics;
    std::vector<std::string> dns;
    std::vector<std::string> environment; // NAME=VALUE
    std::vector<std::string> arguments; // first = program
    std::vector<std::string> keys; // lines of authorized_keys
    std::vector<Mount> mounts; // in this order
    std::vector<std::string> modules;
    std::vector<std::string> complaints; // lines that were not understood, for the console
};

inline constexpr std::size_t kMaxSeedBytes = std::size_t(1) << 20;

// Version 1: "# zos seed v1", then lines "key value". Unknown keys are skipped, so that an older
// guest starts on a newer node. False: no seed at all (other first line, too long).
bool parseSeed(std::string_view text, Seed &seed);

} // namespace zos::guest
