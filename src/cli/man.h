#pragma once
/// Manual pages.

#include <CLI/App.hpp>
#include <map>
#include <string>

namespace newbie::cli {

/// Every page of the program by its file's name (`newbie-prompt-check.1`), in man's macros. Written
/// from the descriptions that help and completion are written from.
std::map<std::string, std::string> man_pages(const CLI::App& program);

}  // namespace newbie::cli
