#pragma once
/// The few character properties that tokenizer files lean on.

#include <cstddef>
#include <string_view>

namespace newbie::text {

/// U+2581, which stands for a space inside pieces.
inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

/// The White_Space property.
bool is_white_space(char32_t code_point);

/// Letters, marks, digits and connector punctuation, as `\w` of the upstream regular expressions.
bool is_word(char32_t code_point);

/// Bytes of `text` left after dropping white space at its end, and bytes of white space at its
/// start.
size_t size_without_trailing_space(std::string_view text);
size_t leading_space(std::string_view text);

/// End of the extended grapheme cluster (UAX 29) that starts at `offset`.
size_t grapheme_end(std::string_view text, size_t offset);

}  // namespace newbie::text
