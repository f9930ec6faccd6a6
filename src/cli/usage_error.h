#pragma once
/// Wrong usage, said in the words of the program's other errors.

#include <CLI/App.hpp>

#include "newbie/error.h"

namespace newbie::cli {

/// `request.usage`: what was wrong, which command it was, and the nearest right word.
Error usage_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace newbie::cli
