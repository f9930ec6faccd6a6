#include "newbie/byte_size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/error.h"

namespace newbie {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
};

constexpr double kKibi = 1024;
constexpr std::array<Unit, 11> kUnits{{{"", 1},
                                       {"b", 1},
                                       {"k", 1e3},
                                       {"kb", 1e3},
                                       {"kib", kKibi},
                                       {"m", 1e6},
                                       {"mb", 1e6},
                                       {"mib", kKibi* kKibi},
                                       {"g", 1e9},
                                       {"gb", 1e9},
                                       {"gib", kKibi* kKibi* kKibi}}};

const Unit* unit_named(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c != ' ') name += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

ByteSize parse_byte_size(std::string_view text) {
  double number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const Unit* unit = unit_named({rest, static_cast<size_t>(text.data() + text.size() - rest)});
  const double bytes = unit ? number * unit->bytes : -1;
  if (failed != std::errc() || !(bytes >= 0 && bytes < 1e18)) {
    throw Error("request.byte_size", fmt::format("\"{}\" is not a number of bytes", text))
        .hint("for example 12GB (10^9 bytes each), 11GiB (2^30 bytes each) or 800MB");
  }
  return {static_cast<uint64_t>(std::llround(bytes))};
}

std::string to_string(ByteSize size) {
  const auto bytes = static_cast<double>(size.bytes);
  if (bytes >= kKibi * kKibi * kKibi) {
    return fmt::format("{:.1f} GiB", bytes / (kKibi * kKibi * kKibi));
  }
  if (bytes >= kKibi * kKibi) return fmt::format("{:.0f} MiB", bytes / (kKibi * kKibi));
  if (bytes >= kKibi) return fmt::format("{:.0f} KiB", bytes / kKibi);
  return fmt::format("{} B", size.bytes);
}

}  // namespace newbie
