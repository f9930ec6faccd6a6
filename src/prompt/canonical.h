#pragma once
/// The one tree for prompts that mean the same.

#include "prompt/lookup.h"
#include "prompt/prompt.h"

namespace newbie::prompt {

/// Puts every element in its home and order: misplaced elements moved, duplicates merged, empty
/// elements dropped (not `n`), items trimmed, underscored where tag-like, repeated items dropped,
/// weights clamped and rounded to two decimals. Idempotent. A tag list or a text keeps its kind.
Prompt canonicalize(const Prompt& prompt, const TagLookup* tags = nullptr);

/// True when inner spaces of the item become underscores: a known tag, or at most three words.
bool is_tag_like(std::string_view item, const TagLookup* tags = nullptr);

}  // namespace newbie::prompt
