#pragma once
/// TOML through toml++, read into JSON values: whatever reads JSON settings reads TOML settings.

#include <string_view>

#include "base/json.h"

namespace newbie {

/// Parses TOML 1.0. Keys come sorted; dates and times become texts. `what` names the text in
/// messages ("recipe.toml"). Errors: `toml.too_large`, `toml.syntax` (with line and column).
Result<Json> parse_toml(std::string_view text, std::string_view what,
                        size_t limit = size_t{4} << 20);

/// The line that sets a key outside of all tables; 0 when none does, or the text is no TOML.
int line_of_key(std::string_view text, std::string_view key);

}  // namespace newbie
