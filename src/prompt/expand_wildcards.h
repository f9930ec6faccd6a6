#pragma once
/// Files of alternatives: one per line.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// The lines of `folder/name.txt`: trimmed, without blank lines and lines that begin with `#`.
/// Errors: `prompt.wildcard_missing` (no folder, no such file, or nothing in it), `file.*`.
std::vector<std::string> wildcard_values(const std::filesystem::path& folder,
                                         std::string_view name);

}  // namespace newbie::prompt
