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

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace newbie
