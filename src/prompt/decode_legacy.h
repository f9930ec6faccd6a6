#pragma once
/// Text that came in an encoding of the last century.

#include <optional>
#include <string>
#include <string_view>

namespace newbie::prompt {

/// Every byte as Windows-1252; the five unused ones as Latin-1.
std::string decode_cp1252(std::string_view bytes);

/// Nothing when the bytes are no GBK text of CJK characters.
std::optional<std::string> decode_gbk(std::string_view bytes);

}  // namespace newbie::prompt
