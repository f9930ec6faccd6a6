#pragma once
/// Bytes as text.

#include <string>
#include <string_view>

namespace newbie {

/// RFC 4648 with padding, in one line.
std::string to_base64(std::string_view bytes);

}  // namespace newbie
