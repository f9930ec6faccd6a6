#pragma once
/// What the language asks of tag tables. The tables themselves are in tag_table.h and chinese.h.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::prompt {

/// Where a Danbooru tag belongs.
struct TagHome {
  std::string_view category;  ///< "hair_color", "legwear", "background", ...
  std::string_view path;      ///< "character/appearance", "general_tags/objects", ...
};

/// A tag that cannot be true together with the asked one.
struct TagClash {
  std::string_view other;
  std::string_view reason;  ///< "a closed eye looks at nobody"
};

/// A tag that makes sense only in company (`backlighting` wants a source of light).
struct TagNeed {
  std::vector<std::string_view> any_of;
  std::string_view reason;
};

struct TagLookup {
  virtual ~TagLookup() = default;
  /// `tag` in lower case with underscores; nothing when unknown or ambiguous.
  virtual std::optional<TagHome> find(std::string_view tag) const = 0;
  /// Every tag that contradicts this one.
  virtual std::vector<TagClash> clashes(std::string_view tag) const = 0;
  /// What the tag needs to have beside it, if anything.
  virtual std::optional<TagNeed> need(std::string_view) const { return std::nullopt; }
};

/// One Chinese item, word by word.
struct Translation {
  std::string tags;               ///< the item in tags, unknown words kept; joined with ", "
  std::vector<TextSpan> unknown;  ///< parts of the item without a table entry
  bool changed = false;           ///< at least one word was found
};

struct ChineseLookup {
  virtual ~ChineseLookup() = default;
  virtual Translation translate(std::string_view item) const = 0;
};

}  // namespace newbie::prompt
