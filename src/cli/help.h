#pragma once
/// How help looks: description, usage, arguments, options in columns, examples.

#include <CLI/App.hpp>
#include <string>

namespace newbie::cli {

/// Gives the program and all its commands the house's help.
void use_house_help(CLI::App& program);

/// `newbie prompt check`
std::string command_path(const CLI::App& command);

}  // namespace newbie::cli
