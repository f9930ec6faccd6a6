#pragma once
/// What is known about single tags: category and element, conflicts, Chinese names. The tables are
/// data (assets/tags), embedded into the library; nothing here reads a file or keeps state.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/lookup.h"

namespace newbie::prompt {

/// One meaning of a tag: what it is about, and where it is written.
struct TagReading {
  std::string_view tag;       ///< the key it was found under; empty when found by a rule
  std::string_view category;  ///< "hair_color", "footwear", "weather" ... (assets/tags/README.md)
  std::string_view path;      ///< "character/appearance", "general_tags/style", "negative"
  bool by_rule = false;       ///< from a prefix or suffix rule ("*_hair"), not a row of its own

  bool in_character() const { return path.starts_with("character/"); }
  /// "appearance", "style"; "negative" for tags of the negative prompt.
  std::string_view element() const { return path.substr(path.find('/') + 1); }
};

/// The form under which tables are keyed: trimmed, full-width forms folded to ASCII, lower case,
/// `\(` unescaped, inner spaces to `_`.
std::string tag_key(std::string_view text);

/// The meanings of a tag in any spelling that tag_key folds; several when it is ambiguous, none
/// when unknown. Cost: one hash lookup, or a few for rules.
std::vector<TagReading> tag_readings(std::string_view tag);

/// The meaning of an unambiguous known tag.
std::optional<TagReading> find_tag(std::string_view tag);

/// Has the tag a row of its own, or a rule that covers it?
bool is_known_tag(std::string_view tag);

/// The known tag nearest to a misspelt one, or "".
std::string nearest_tag(std::string_view tag);

/// All rows of the table, in file order.
std::span<const TagReading> all_tags();

/// The tables as the language asks for them: homes of unambiguous known tags, and conflicts.
const TagLookup& tag_table();

/// The tags that contradict one: not both can be true of the same character or picture. Whether
/// they meet (same character, or one of them in general_tags) is the caller's to know.
std::span<const TagClash> conflicts_of(std::string_view tag);

/// What the tag needs to have beside it, if anything.
std::optional<TagNeed> find_need(std::string_view tag);

/// A row of the Chinese table.
struct ChineseTag {
  std::string_view chinese;
  std::string_view tags;  ///< one tag, or several joined by ", "
  std::string_view category;
};

/// The first Chinese name of a tag, or "".
std::string_view chinese_of(std::string_view tag);

/// All rows of the Chinese table, in file order.
std::span<const ChineseTag> all_chinese();

}  // namespace newbie::prompt
