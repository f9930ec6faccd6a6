#include "adapters/adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace newbie::adapters {

std::string_view name_of(Kind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"LoRA", "LoKr", "LoHa", "full"};
  return kNames[static_cast<size_t>(kind)];
}

int64_t Module::parameters() const {
  int64_t count = 0;
  for (const Tensor& factor : factors) {
    if (factor.defined()) count += factor.numel();
  }
  return count;
}

int64_t Adapter::parameters() const {
  int64_t count = 0;
  for (const Module& module : modules) count += module.parameters();
  return count;
}

const Module* Adapter::find(std::string_view network, std::string_view path) const {
  const auto found = std::ranges::find_if(
      modules, [&](const Module& m) { return m.network == network && m.path == path; });
  return found == modules.end() ? nullptr : &*found;
}

AdapterRequest parse_request(const std::string& text) {
  constexpr double kMost = 100;
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return {text, 1};
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  double strength = 0;
  const auto [stop, error] = std::from_chars(begin, end, strength);
  if (error == std::errc::invalid_argument || stop != end) return {text, 1};  // part of the name
  if (error != std::errc() || !(std::fabs(strength) <= kMost)) {
    throw Error("adapter.strength", fmt::format("{} has strength {}, expected -{} to {}",
                                                text.substr(0, colon), begin, kMost, kMost));
  }
  return {text.substr(0, colon), strength};
}

}  // namespace newbie::adapters
