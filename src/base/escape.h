#pragma once
/// Text inside formats in which some characters mean something else.

#include <string>
#include <string_view>

namespace newbie {

/// Appends one byte as it stands in a JSON string or a basic TOML string: quote, backslash and
/// control characters as escapes, all others as they are.
void append_string_byte(std::string& out, char byte);

/// Those of `&`, `<`, `>` and both quotes that are among `which` as entities of XML and HTML.
std::string escape_entities(std::string_view text, std::string_view which);

/// All five of them: for HTML text and attribute values.
std::string escape_html(std::string_view text);

}  // namespace newbie
