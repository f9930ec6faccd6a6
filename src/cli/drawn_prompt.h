#pragma once
/// Which prompt a command draws when it is given a text.

#include <string>

namespace newbie::cli {

/// Error: `request.no_prompt` unless a prompt was `given`; "" is one, too.
void require_prompt(bool given);

/// Slots at their defaults, the first of its choices: what `newbie prompt check` looked at. Unless
/// `quiet`, a note says so. Error: `request.no_prompt`.
std::string drawn_prompt(const std::string& text, bool given, bool quiet);

}  // namespace newbie::cli
