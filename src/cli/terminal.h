#pragma once
/// What the program's own output streams can do.

#include <CLI/App.hpp>
#include <cstdio>
#include <string>
#include <string_view>

namespace newbie::cli {

/// Adds `--color auto|always|never`; use_colour() answers by it.
void add_color_option(CLI::App& command);

/// Should text on this stream be coloured? Automatic: a terminal, and NO_COLOR is not set.
bool use_colour(std::FILE* stream);

/// ANSI styles, or empty strings.
struct Style {
  const char* bold = "";
  const char* dim = "";
  const char* red = "";
  const char* green = "";
  const char* yellow = "";
  const char* blue = "";
  const char* magenta = "";
  const char* cyan = "";
  const char* reset = "";
};
Style style(std::FILE* stream);

/// Writes to standard output.
void print_out(std::string_view text);
/// Writes to standard error.
void print_err(std::string_view text);

/// Flushes standard output; false, with a message on standard error, when it could not be written.
bool close_stdout();

/// Pads to a width in terminal columns.
std::string pad(std::string_view text, size_t columns);

/// Line breaks, tabs and other control characters made visible, in one line.
std::string visible(std::string_view text);

}  // namespace newbie::cli
