#pragma once
/// What may come next while a prompt or a command is typed.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::workbench {

/// What may take the place of the last word of a line.
struct Completions {
  size_t begin = 0;                ///< the word being completed starts here in the line
  std::vector<std::string> words;  ///< whole words that may stand there, best first
};

/// Completes at the end of `line`; `before` is the prompt typed so far, above that line.
/// Commands and their arguments after ":", element names after "<", tags elsewhere: those of the
/// element that is open come first. `commands` are the names after ":".
Completions complete(std::string_view line, std::string_view before,
                     std::span<const std::string> commands);

/// The longest text that all words begin with.
std::string common_prefix(const std::vector<std::string>& words);

/// Names of the elements that are open at the end of a text, outermost first.
std::vector<std::string> open_elements(std::string_view text);

}  // namespace newbie::workbench
