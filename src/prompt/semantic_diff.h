#pragma once
/// What changed between two prompts, for whom.

#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt.h"

namespace newbie::prompt {

/// One difference of meaning.
struct PromptChange {
  enum class Kind {
    added,       ///< `after` is new at `path`
    removed,     ///< `before` is gone from `path`
    changed,     ///< single values and sentences: `before` became `after`
    reweighted,  ///< `subject` weighs `after` instead of `before`
    reordered,   ///< the same values in another order
    renumbered,  ///< a character keeps its name and has another number
  } kind;
  std::string path;     ///< "character_2.appearance", "caption", "input"; numbers of the new prompt
  std::string subject;  ///< the item whose weight changed, "" for the whole element
  std::string before;
  std::string after;
};

std::string_view to_string(PromptChange::Kind kind);

/// Compares meanings: both prompts are made canonical first, so layout, order of blocks, spelling
/// of blanks and wrappers make no difference. Characters are matched by name, then by number.
std::vector<PromptChange> semantic_diff(const Prompt& before, const Prompt& after);

enum class DiffColour { off, on };

/// One line per path: `character_2.appearance: - red_hair + pink_hair`.
std::string render_changes(const std::vector<PromptChange>& changes,
                           DiffColour colour = DiffColour::off);

}  // namespace newbie::prompt
