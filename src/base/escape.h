#pragma once
/// Text inside formats in which some characters mean something else.

#include <string>
#include <string_view>

namespace newbie {

/// Appends one byte as it stands in a JSON string or a basic TOML string: quote, backslash and
/// control characters as escapes, all others as they are.
void append_string_byte(std::string& out, char byte);

/// `&`, `<`, `>` and quotes as entities: for HTML text and attribute values.
std::string escape_html(std::string_view text);

}  // namespace newbie
