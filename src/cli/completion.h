#pragma once
/// Completion scripts.

#include <CLI/App.hpp>
#include <string>

namespace newbie::cli {

/// The script of "bash", "zsh" or "fish" for the whole program.
std::string completion_script(const CLI::App& program, const std::string& shell);

}  // namespace newbie::cli
