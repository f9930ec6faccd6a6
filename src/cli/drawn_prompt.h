#pragma once
/// Which prompt a command draws when it is given a text.

#include <string>

namespace newbie::cli {

/// Error: `request.no_prompt` unless a prompt was `given`; "" is one, too.
void require_prompt(bool given);

/// What stands in a prompt's place: the content of a file that ends as prompts do (.xml, .txt,
/// .json, .prompt), else the words themselves. Error: `file.missing`.
std::string prompt_argument(const std::string& argument);

/// Slots at their defaults, the first of its choices: what `newbie prompt check` looked at. Unless
/// `quiet`, a note says so. Error: `request.no_prompt`.
std::string drawn_prompt(const std::string& text, bool given, bool quiet);

}  // namespace newbie::cli
