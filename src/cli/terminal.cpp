#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/utf8.h"
#include "cli/options.h"

namespace newbie::cli {
namespace {

std::string color_choice = "auto";  // one program, one terminal: set once by the parser

void write_all(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

void add_color_option(CLI::App& command) {
  add_choice(command, "--color", color_choice, {"auto", "always", "never"},
             "colour the output; auto: on a terminal, unless NO_COLOR is set");
}

bool use_colour(std::FILE* stream) {
  if (color_choice != "auto") return color_choice == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_color && *no_color) return false;
  if (terminal && std::strcmp(terminal, "dumb") == 0) return false;
  return isatty(fileno(stream)) != 0;
}

Style style(std::FILE* stream) {
  if (!use_colour(stream)) return {};
  return {"\x1b[1m",  "\x1b[2m",  "\x1b[31m", "\x1b[32m", "\x1b[33m",
          "\x1b[34m", "\x1b[35m", "\x1b[36m", "\x1b[0m"};
}

void print_out(std::string_view text) { write_all(stdout, text); }
void print_err(std::string_view text) { write_all(stderr, text); }

bool close_stdout() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return true;
  std::fprintf(stderr, "error[file.unwritable]: standard output: %s\n", std::strerror(errno));
  return false;
}

std::string pad(std::string_view text, size_t columns) {
  const size_t width = utf8::display_width(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

std::string visible(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const utf8::Decoded decoded = utf8::decode(text, at);
    if (!decoded.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
    } else if (decoded.code_point == U'\n') {
      out += "\\n";
    } else if (decoded.code_point == U'\t') {
      out += "\\t";
    } else if (decoded.code_point < 0x20 || decoded.code_point == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(decoded.code_point));
    } else {
      out += text.substr(at, decoded.length);
    }
    at += decoded.length;
  }
  return out;
}

}  // namespace newbie::cli
