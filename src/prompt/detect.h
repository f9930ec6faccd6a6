#pragma once
/// Telling the kinds of input apart.

#include <string_view>

#include "prompt/tree.h"

namespace newbie::prompt {

/// Where the system prefix ends: after the last `<Prompt Start>` before the first element, with the
/// blanks and comma behind it. 0 when there is none.
size_t system_prefix_length(std::string_view source);

/// xml when a start tag of the vocabulary, or any markup at the beginning, is found; else
/// automatic.
InputKind detect_markup(std::string_view text);

/// tags or text: at least three items, seven of ten short, no full stop at the end.
InputKind detect_plain(std::string_view text);

}  // namespace newbie::prompt
