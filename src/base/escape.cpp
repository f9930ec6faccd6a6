#include "base/escape.h"

#include <fmt/format.h>

namespace newbie {

void append_string_byte(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  switch (byte) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      // JSON would let DEL stand as it is, TOML does not.
      if (value < 0x20 || value == 0x7f) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(value));
      } else {
        out += byte;
      }
  }
}

namespace {

std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return "&#39;";
  }
}

}  // namespace

std::string escape_entities(std::string_view text, std::string_view which) {
  std::string out;
  for (const char c : text) {
    if (which.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += entity_of(c);
    }
  }
  return out;
}

std::string escape_html(std::string_view text) { return escape_entities(text, "&<>\"'"); }

}  // namespace newbie
