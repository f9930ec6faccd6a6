#pragma once
/// Kinds of options that commands share.

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace newbie::cli {

/// An option with a closed set of values; help and completion list them, misspellings are answered
/// with the nearest. `value` holds the default and is shown as such.
CLI::Option* add_choice(CLI::App& command, const std::string& flags, std::string& value,
                        const std::vector<std::string>& choices, const std::string& description);

/// The values of a choice, empty for other options.
std::vector<std::string> choices_of(const CLI::Option& option);

/// Text below the options in a command's help: an indented block of examples, or exit codes.
void add_examples(CLI::App& command, const std::string& examples);

}  // namespace newbie::cli
