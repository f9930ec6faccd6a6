#pragma once
/// Small scanners shared by parser, detection and printer. All are linear in what they pass over.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::prompt {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// Bytes above 127 count as letters of a name.
constexpr bool is_name_start(char c) {
  return is_letter(c) || c == '_' || static_cast<signed char>(c) < 0;
}
constexpr bool is_name_char(char c) {
  return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

/// ASCII letters only.
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);
TextSpan trim(std::string_view text, TextSpan span);
/// The end of the blanks that begin at `begin`.
size_t skip_space(std::string_view text, size_t begin, size_t end);

struct ScannedAttribute {
  TextSpan name;
  TextSpan equals;
  TextSpan value;  ///< with quotes
};

/// A complete tag, `<` to `>`.
struct ScannedTag {
  enum class Kind { open, close } kind;
  TextSpan span;
  TextSpan name;  ///< `character 1` whole when it holds blanks
  bool illegal_name = false;
  bool self_closing = false;
  std::vector<ScannedAttribute> attributes;
};

/// The tag that begins at the `<` at `begin`; nothing when it is not one. A tag ends before `end`
/// and holds no second `<`.
std::optional<ScannedTag> scan_tag(std::string_view text, size_t begin, size_t end);

/// The length of another program's control at `begin` (`<lora:x:0.8>`, `<sd_cpp_extra_args>...`),
/// else 0.
size_t control_length(std::string_view text, size_t begin, size_t end);

/// The separator at `offset` of a tag list: a comma (ASCII, full width, ideographic), a line break,
/// or `+` between CJK characters. Its length, 0 when there is none.
size_t separator_length(std::string_view text, size_t offset, size_t begin, size_t end);

/// The emoticon at `offset` when it stands alone there; its length, else 0.
size_t emoticon_length(std::string_view text, size_t offset, size_t begin, size_t end);
bool is_emoticon(std::string_view text);

/// A whole decimal number such as `1`, `0.6`, `.5`, `+1.2`, `-1`.
std::optional<double> parse_number(std::string_view text);

/// The character a reference such as `&amp;` or `&#x41;` stands for.
struct ScannedEntity {
  size_t length = 0;  ///< 0: no reference
  std::string text;   ///< "" when the name is unknown or the number is no character
};
ScannedEntity scan_entity(std::string_view text, size_t offset, size_t end);

}  // namespace newbie::prompt
