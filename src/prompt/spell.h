#pragma once
/// How the text of items is spelled so that it can be read again.

#include <string>
#include <string_view>

#include "prompt/prompt.h"

namespace newbie::prompt {

/// Where an item is spelled.
enum class Spot {
  xml_tags,    ///< in a tag list inside an element
  xml_prose,   ///< in a caption
  xml_loose,   ///< between blocks, where braces and fences have a meaning
  plain_tags,  ///< in a tag list without markup
  plain_prose,
};

/// The item with its weights, every character with a meaning of its own escaped.
std::string spell_item(const Item& item, Spot spot);

/// True when the brackets in the text of an item could be read as the borders of a weight group.
bool has_risky_brackets(std::string_view text);

/// `0.6`, `1.25`, `2`.
std::string spell_weight(double weight);

/// For attribute values in double quotes.
std::string spell_attribute(std::string_view value);

}  // namespace newbie::prompt
