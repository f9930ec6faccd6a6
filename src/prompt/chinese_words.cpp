#include "prompt/chinese_words.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "prompt/assets.h"
#include "prompt/chinese_fold.h"
#include "prompt/tag_table.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

struct Colour {
  std::string_view plain, hair, eyes;
};

std::string chinese_key(std::string_view text) {
  std::string key;
  for (char c : fold_width(text)) {
    if (c != ' ') key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

bool starts_with_colour(std::string_view tag) {
  constexpr std::string_view kColours[] = {"red_",   "blue_",  "yellow_", "green_", "purple_",
                                           "black_", "white_", "grey_",   "pink_",  "brown_"};
  return std::ranges::any_of(kColours, [&](auto colour) { return tag.starts_with(colour); });
}

struct Words {
  std::vector<ChineseTag> rows;
  std::unordered_map<std::string, size_t> by_key;
  std::unordered_map<std::string_view, size_t> by_tag;  ///< the first row of a tag
  std::unordered_map<std::string_view, Colour> colours;
  std::unordered_map<std::string, std::string_view> nouns;  ///< what follows a colour
  std::unordered_map<std::string, std::string_view> alone;  ///< nouns that are tags themselves
  size_t longest = 0;                                       ///< bytes of the longest key

  Words() {
    for (const auto& [chinese, tags, category] : table_rows<3>(asset("tags/zh_tags.tsv"))) {
      const std::string key = chinese_key(chinese);
      by_key.emplace(key, rows.size());
      by_tag.emplace(tags, rows.size());
      longest = std::max(longest, key.size());
      rows.push_back({chinese, tags, category});
      const bool garment = category == "clothing" || category == "legwear" ||
                           category == "footwear" || category == "accessory";
      if (garment && tags.find(',') == tags.npos && !starts_with_colour(tags)) {
        nouns.emplace(key, tags);
      }
    }
    for (const auto& [colour, plain, hair, eyes] : table_rows<4>(asset("tags/zh_colors.tsv"))) {
      colours.emplace(colour, Colour{plain, hair, eyes});
    }
    for (const auto& [noun, after_colour, tag] : table_rows<3>(asset("tags/zh_nouns.tsv"))) {
      nouns.insert_or_assign(std::string(noun), after_colour);
      if (tag != "-") alone.emplace(noun, tag);
      longest = std::max(longest, noun.size());
    }
  }
};

const Words& words() {
  static const Words instance;
  return instance;
}

/// `浅蓝`, `白`: a shade and a colour at the start of `text`.
struct ColourWord {
  size_t length = 0;
  std::string_view shade;  ///< "light_", "dark_" or ""
  Colour colour;
};

std::optional<ColourWord> colour_at(std::string_view text) {
  ColourWord word;
  constexpr std::pair<std::string_view, std::string_view> kShades[] = {
      {"浅", "light_"}, {"淡", "light_"}, {"亮", "light_"}, {"深", "dark_"}, {"暗", "dark_"}};
  for (const auto& [chinese, english] : kShades) {
    if (text.starts_with(chinese)) word.length = chinese.size(), word.shade = english;
  }
  const std::string_view rest = text.substr(word.length);
  for (size_t bytes : {size_t{6}, size_t{3}}) {  // two characters, one character
    const auto found = words().colours.find(rest.substr(0, bytes));
    if (found == words().colours.end() || rest.size() < bytes) continue;
    word.length += bytes;
    word.colour = found->second;
    return word;
  }
  return std::nullopt;
}

/// A colour in front of a noun: `light_blue_hair`, `blonde_hair`, `gold_earrings`.
std::string coloured(const ColourWord& word, std::string_view noun) {
  const bool hair = noun == "hair" || noun == "bangs";
  const std::string_view colour = hair             ? word.colour.hair
                                  : noun == "eyes" ? word.colour.eyes
                                                   : word.colour.plain;
  return std::string(word.shade) + std::string(colour) + "_" + std::string(noun);
}

/// `蓝白配色`, `黑色的长靴`: one or two colours, perhaps 色 and 的, then a noun.
void add_coloured_nouns(std::string_view text, std::vector<ChineseWord>& out) {
  std::vector<ColourWord> colours;
  size_t at = 0;
  for (std::optional<ColourWord> word = colour_at(text); word && colours.size() < 2;
       word = colour_at(text.substr(at))) {
    colours.push_back(*word);
    at += word->length;
    if (text.substr(at).starts_with("色")) at += std::string_view("色").size();
    constexpr std::string_view kAnd = "和";  // 红和白, but not 红和服
    if (text.substr(at).starts_with(kAnd) && colour_at(text.substr(at + kAnd.size()))) {
      at += kAnd.size();
    }
  }
  if (colours.empty()) return;
  if (text.substr(at).starts_with("的")) at += std::string_view("的").size();
  for (size_t length = std::min(words().longest, text.size() - at); length > 0; --length) {
    const auto noun = words().nouns.find(std::string(text.substr(at, length)));
    if (noun == words().nouns.end()) continue;
    std::string tags;
    if (colours.size() == 2 && noun->second != "theme") {
      tags = "two-tone_" + std::string(noun->second) + ", ";
    }
    tags += coloured(colours[0], noun->second);
    if (colours.size() == 2) tags += ", " + coloured(colours[1], noun->second);
    out.push_back({at + length, tags, true});
  }
}

}  // namespace

std::vector<ChineseWord> words_at(std::string_view text) {
  std::vector<ChineseWord> found;
  for (size_t length = std::min(words().longest, text.size()); length > 0; --length) {
    const std::string key(text.substr(0, length));
    if (const auto row = words().by_key.find(key); row != words().by_key.end()) {
      found.push_back({length, std::string(words().rows[row->second].tags)});
    } else if (const auto noun = words().alone.find(key); noun != words().alone.end()) {
      found.push_back({length, std::string(noun->second)});
    }
  }
  add_coloured_nouns(text, found);
  std::ranges::stable_sort(found, std::ranges::greater(), &ChineseWord::length);
  return found;
}

std::string_view chinese_of(std::string_view tag) {
  const auto row = words().by_tag.find(tag_key(tag));
  return row == words().by_tag.end() ? std::string_view() : words().rows[row->second].chinese;
}

std::span<const ChineseTag> all_chinese() { return words().rows; }

}  // namespace newbie::prompt
