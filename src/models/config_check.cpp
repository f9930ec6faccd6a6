#include "models/config_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace newbie {

std::optional<int64_t> ConfigCheck::axis(std::string_view tensor, int axis) const {
  const auto info = weights_.find(tensor);
  if (!info || axis >= info->shape.rank()) return std::nullopt;
  return info->shape[axis];
}

int64_t ConfigCheck::count(std::string_view stem) const {
  constexpr int64_t kMost = 1 << 20;
  int64_t most = 0;
  for (const std::string& name : weights_.names()) {
    if (!name.starts_with(stem)) continue;
    int64_t index = -1;
    std::from_chars(name.data() + stem.size(), name.data() + name.size(), index);
    if (index < kMost) most = std::max(most, index + 1);
  }
  return most;
}

void ConfigCheck::size(std::string_view key, int64_t& field, std::optional<int64_t> found,
                       std::string_view source) {
  if (!found || *found == field) return;
  if (field == 0) {
    field = *found;
    return;
  }
  contradictions_.push_back(fmt::format("{} is {}, but {} says {}", key, field, source, *found));
}

void ConfigCheck::finish() const {
  if (contradictions_.empty()) return;
  throw Error("config.contradicts_weights",
              fmt::format("the config of {} does not fit {}:\n    {}", weights_.network(),
                          weights_.source().string(), fmt::join(contradictions_, "\n    ")))
      .hint("use the config.json that came with these weights");
}

std::optional<io::Config> embedded_config(const io::WeightSet& weights) {
  const auto found = weights.metadata().find(kEmbeddedConfigKey);
  if (found == weights.metadata().end()) return std::nullopt;
  return io::Config::parse(found->second,
                           fmt::format("{}, {}", weights.source().string(), kEmbeddedConfigKey));
}

void require_config(bool holds, const std::string& what) {
  if (!holds) throw Error("config.invalid", what);
}

}  // namespace newbie
