// SPDX-License-Identifier: Apache-2.0
#include "app/guest/seed.h"

namespace zos::guest {

namespace {

constexpr std::size_t kMaxEntries = 512; // of each kind
constexpr std::size_t kMaxComplaints = 16;
constexpr std::size_t kMaxHostname = 64; // the kernel's limit
constexpr std::size_t kMaxInterfaceName = 15;

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Undoes percent encoding; false when a sequence is broken or yields NUL, which C strings cut.
bool decode(std::string_view text, std::string &out)
{
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (text[i] == '\0')
                return false;
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return false;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return true;
}

std::string_view takeWord(std::string_view &rest)
{
    const auto end = rest.find(' ');
    const auto word = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return word;
}

bool plainName(std::string_view text, std::size_t longest)
{
    if (text.empty() || text.size() > longest || text == "." || text == "..")
        return false;
    for (const char c : text) {
        if (c <= ' ' || c == '/' || c == 0x7f)
            return false;
    }
    return true;
}

bool mountTarget(const std::string &path)
{
    if (path.size() < 2 || path.size() > 1024 || path[0] != '/')
        return false;
    bool named = false;
    for (std::size_t begin = 1; begin <= path.size();) {
        auto end = path.find('/', begin);
        if (end == std::string::npos)
            end = path.size();
        const auto part = std::string_view(path).substr(begin, end - begin);
        if (part == "..")
            return false;
        named = named || (!part.empty() && part != ".");
        begin = end + 1;
    }
    return named;
}

bool addWord(std::vector<std::string> &list, std::string_view value)
{
    std::string word;
    if (list.size() >= kMaxEntries || !decode(value, word))
        return false;
    list.push_back(std::move(word));
    return true;
}

bool readVariable(Seed &seed, std::string_view value)
{
    const auto equals = value.find('=');
    return equals != std::string_view::npos && equals > 0 && addWord(seed.environment, value);
}

bool readNic(Seed &seed, std::string_view value)
{
    Nic nic;
    nic.mac = takeWord(value);
    nic.name = value;
    if (nic.mac.size() != 17 || seed.nics.size() >= kMaxEntries
        || (!nic.name.empty() && !plainName(nic.name, kMaxInterfaceName)))
        return false;
    seed.nics.push_back(std::move(nic));
    return true;
}

bool readMount(Seed &seed, std::string_view value, bool share)
{
    Mount mount;
    mount.share = share;
    mount.source = takeWord(value);
    if (!plainName(mount.source, 64) || !decode(value, mount.target) || !mountTarget(mount.target)
        || seed.mounts.size() >= kMaxEntries)
        return false;
    seed.mounts.push_back(std::move(mount));
    return true;
}

// Lines that belong to the interface named last.
bool readNicDetail(Seed &seed, std::string_view key, std::string_view value)
{
    if (seed.nics.empty())
        return false;
    auto &nic = seed.nics.back();
    if (key == "addr") {
        if (nic.addresses.size() >= kMaxEntries)
            return false;
        nic.addresses.emplace_back(value);
    } else if (key == "route") {
        Route route;
        route.to = takeWord(value);
        if (value != "-")
            route.via = value;
        if (route.to.empty() || nic.routes.size() >= kMaxEntries)
            return false;
        nic.routes.push_back(std::move(route));
    } else {
        if (value != "0" && value != "1" && value != "2")
            return false;
        nic.routerAdvertisements = value[0];
    }
    return true;
}

bool readLine(Seed &seed, std::string_view key, std::string_view value)
{
    if (key == "hostname") {
        std::string name;
        if (!decode(value, name) || name.empty() || name.size() > kMaxHostname)
            return false;
        seed.hostname = std::move(name);
        return true;
    }
    if (key == "root") {
        const auto tag = takeWord(value);
        if (!plainName(tag, 36) || (!value.empty() && value != "rw" && value != "ro"))
            return false;
        seed.rootTag = tag;
        seed.rootReadOnly = value == "ro";
        return true;
    }
    if (key == "if")
        return readNic(seed, value);
    if (key == "addr" || key == "route" || key == "ra")
        return readNicDetail(seed, key, value);
    if (key == "dns")
        return addWord(seed.dns, value);
    if (key == "env")
        return readVariable(seed, value);
    if (key == "arg")
        return addWord(seed.arguments, value);
    if (key == "key")
        return addWord(seed.keys, value);
    if (key == "disk" || key == "share")
        return readMount(seed, value, key == "share");
    if (key == "module")
        return plainName(value, 64) && addWord(seed.modules, value);
    return true;
}

} // namespace

bool parseSeed(std::string_view text, Seed &seed)
{
    constexpr std::string_view first = "# zos seed v1\n";
    if (text.size() > kMaxSeedBytes || !text.starts_with(first))
        return false;
    text.remove_prefix(first.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line[0] == '#')
            continue;
        const auto key = takeWord(line);
        if (!readLine(seed, key, line) && seed.complaints.size() < kMaxComplaints)
            seed.complaints.emplace_back(key.substr(0, 32)); // never the value: it may be secret
    }
    return true;
}

} // namespace zos::guest
