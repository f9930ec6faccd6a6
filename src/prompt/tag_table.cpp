#include "prompt/tag_table.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "prompt/assets.h"
#include "prompt/chinese_fold.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

/// `*_hair` or `holding_*`.
struct Pattern {
  std::string_view fixed;  ///< without the star
  bool suffix;
  TagReading reading;

  bool matches(std::string_view key) const {
    return key.size() > fixed.size() && (suffix ? key.ends_with(fixed) : key.starts_with(fixed));
  }
};

struct Tables {
  std::vector<TagReading> tags;
  std::unordered_multimap<std::string_view, size_t> by_tag;  ///< into `tags`
  std::vector<Pattern> patterns;                             ///< longest first

  Tables() {
    for (const auto& [tag, category, path] : table_rows<3>(asset("tags/tag_elements.tsv"))) {
      tags.push_back({tag, category, path});
    }
    by_tag.reserve(tags.size());
    for (size_t i = 0; i < tags.size(); ++i) by_tag.emplace(tags[i].tag, i);
    for (const auto& [pattern, category, path] : table_rows<3>(asset("tags/tag_rules.tsv"))) {
      const bool suffix = pattern.front() == '*';
      const std::string_view fixed =
          suffix ? pattern.substr(1) : pattern.substr(0, pattern.size() - 1);
      patterns.push_back({fixed, suffix, {"", category, path, true}});
    }
    std::ranges::stable_sort(patterns, std::ranges::greater(),
                             [](const Pattern& p) { return p.fixed.size(); });
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

struct EmbeddedTagTable : TagLookup {
  std::optional<TagHome> find(std::string_view tag) const override {
    const std::optional<TagReading> reading = find_tag(tag);
    if (!reading) return std::nullopt;
    return TagHome{reading->category, reading->path};
  }
  std::vector<TagClash> clashes(std::string_view tag) const override {
    const std::span<const TagClash> found = conflicts_of(tag);
    return {found.begin(), found.end()};
  }
  std::optional<TagNeed> need(std::string_view tag) const override { return find_need(tag); }
};

}  // namespace

std::string_view asset(std::string_view path) {
  const std::span<const Asset> all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  check(found != all.end(), "an embedded asset is there");
  return found->text;
}

std::string tag_key(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n_";
  std::string folded = fold_width(text);
  std::string key;
  key.reserve(folded.size());
  for (size_t i = 0; i < folded.size(); ++i) {
    char c = folded[i];
    const char next = i + 1 < folded.size() ? folded[i + 1] : '\0';
    if (c == '\\' && (next == '(' || next == ')')) continue;
    if (kBlank.find(c) != kBlank.npos) {
      if (key.empty() || key.back() == '_') continue;
      c = '_';
    }
    key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (key.ends_with('_')) key.pop_back();
  return key;
}

std::vector<TagReading> tag_readings(std::string_view tag) {
  const Tables& all = tables();
  const std::string key = tag_key(tag);
  std::vector<TagReading> readings;
  std::vector<size_t> rows;
  const auto [first, last] = all.by_tag.equal_range(key);
  for (auto it = first; it != last; ++it) rows.push_back(it->second);
  std::ranges::sort(rows);
  for (size_t row : rows) readings.push_back(all.tags[row]);
  if (!readings.empty()) return readings;
  const auto pattern =
      std::ranges::find_if(all.patterns, [&](const Pattern& p) { return p.matches(key); });
  if (pattern != all.patterns.end()) readings.push_back(pattern->reading);
  return readings;
}

std::optional<TagReading> find_tag(std::string_view tag) {
  const std::vector<TagReading> readings = tag_readings(tag);
  if (readings.size() != 1) return std::nullopt;
  return readings.front();
}

bool is_known_tag(std::string_view tag) { return !tag_readings(tag).empty(); }

std::string nearest_tag(std::string_view tag) {
  std::vector<std::string_view> names;
  names.reserve(tables().tags.size());
  for (const TagReading& row : tables().tags) names.push_back(row.tag);
  return did_you_mean(tag_key(tag), names);
}

std::span<const TagReading> all_tags() { return tables().tags; }

const TagLookup& tag_table() {
  static const EmbeddedTagTable table;
  return table;
}

}  // namespace newbie::prompt
