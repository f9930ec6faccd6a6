#pragma once
/// The canonical spelling of items.

#include <vector>

#include "prompt/lookup.h"
#include "prompt/prompt.h"

namespace newbie::prompt {

/// In markup every character can be written as an entity; in plain text some cannot be kept
/// literal.
enum class Spelling { markup, plain };

/// Trims, underscores, clamps and rounds weights, drops empty and repeated items.
void canonicalize_items(std::vector<Item>& items, ValueForm form, Spelling spelling,
                        const TagLookup* tags);

/// Within 0..2, two decimals.
double canonical_weight(double weight);

/// Two stretches of prose with a blank between them.
Item join_items(Item first, const Item& second);

/// Keeps the first of items with the same text.
void drop_repeated_items(std::vector<Item>& items);

}  // namespace newbie::prompt
