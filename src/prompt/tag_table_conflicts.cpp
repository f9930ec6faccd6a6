#include <unordered_map>

#include "prompt/assets.h"
#include "prompt/tag_table.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

using Clashes = std::unordered_map<std::string_view, std::vector<TagClash>>;

/// Every pair of the table, under both of its tags.
const Clashes& clashes() {
  static const Clashes table = [] {
    Clashes pairs;
    for (const auto& [tag, others, reason] : table_rows<3>(asset("tags/conflicts.tsv"))) {
      for (std::string_view other : table_list(others)) {
        pairs[tag].push_back({other, reason});
        pairs[other].push_back({tag, reason});
      }
    }
    return pairs;
  }();
  return table;
}

}  // namespace

std::span<const TagClash> conflicts_of(std::string_view tag) {
  const auto found = clashes().find(tag_key(tag));
  if (found == clashes().end()) return {};
  return found->second;
}

std::optional<TagNeed> find_need(std::string_view tag) {
  static const std::unordered_map<std::string_view, TagNeed> needs = [] {
    std::unordered_map<std::string_view, TagNeed> table;
    for (const auto& [name, any_of, reason] : table_rows<3>(asset("tags/needs.tsv"))) {
      table.emplace(name, TagNeed{table_list(any_of), reason});
    }
    return table;
  }();
  const auto found = needs.find(tag_key(tag));
  if (found == needs.end()) return std::nullopt;
  return found->second;
}

}  // namespace newbie::prompt
