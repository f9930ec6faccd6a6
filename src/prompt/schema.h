#pragma once
/// The vocabulary: one table of elements, read by parser, lints, printer, completion and docs.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// Where an element belongs.
enum class Place {
  top,        ///< directly in the prompt: character_N, general_tags, caption
  character,  ///< inside character_N
  general,    ///< inside general_tags
  negative,   ///< only in a negative prompt
  wrapper,    ///< a root that is unwrapped: image, img, scene, document
};

/// What a value looks like.
enum class ValueForm {
  tags,      ///< items separated by commas
  single,    ///< one tag
  prose,     ///< sentences
  elements,  ///< other elements
};

/// What happens to a second element of the same name in one parent.
enum class Repeat {
  numbered,  ///< each number once (character_N)
  error,     ///< a mistake; the first wins when merged
  merge,     ///< values are joined
  join,      ///< sentences are joined with a space (caption)
};

struct ElementRule {
  std::string_view name;  ///< canonical; "character" stands for character_N
  Place place;
  ValueForm form;
  Repeat repeat;
  std::string_view aliases;  ///< separated by spaces, "" when there are none
  std::string_view meaning;  ///< one sentence
  std::string_view example;  ///< a value
};

/// Every element in canonical order: characters and their children, general_tags and its children,
/// caption, negative elements, wrappers.
std::span<const ElementRule> schema();

/// The rule of a canonical name (`character_3` finds `character`) in a place; nullptr when unknown.
const ElementRule* find_rule(std::string_view canonical_name, Place place);
/// The same in any place, the first in table order.
const ElementRule* find_rule(std::string_view canonical_name);

/// What a written element name means.
struct ResolvedName {
  std::string name;  ///< canonical name; the written one in lower case when unknown
  const ElementRule* rule = nullptr;  ///< nullptr when unknown
  int number = 0;                     ///< N of character_N, else 0
  bool alias = false;  ///< written differently from the canonical name (beyond letter case)
};

/// Resolves a name as written inside `parent` ("" at the top, else the parent's canonical name).
/// Names that belong elsewhere (`weather` at the top) resolve to their home; compare `rule->place`.
ResolvedName resolve_name(std::string_view written, std::string_view parent);

/// N of `character_N` (1..999), else 0.
int character_number(std::string_view name);

/// The nearest known name to a misspelt one, "" when none is close.
std::string nearest_element(std::string_view written);

/// Position of an element among its siblings in canonical order; unknown names come after known
/// ones.
size_t canonical_rank(const ElementRule* rule);

}  // namespace newbie::prompt
