#pragma once
/// Numbers of bytes as people write them.

#include <cstdint>
#include <string>
#include <string_view>

namespace newbie {

/// A number of bytes that flags take as "12GB" and print as "11.2 GiB".
struct ByteSize {
  uint64_t bytes = 0;
  bool operator==(const ByteSize&) const = default;
};

/// "0", "800 MB", "12GB", "1.5 GiB"; GB is 10^9 bytes, GiB is 2^30, a number alone is bytes.
/// Error: `request.byte_size`.
ByteSize parse_byte_size(std::string_view text);

/// "11.2 GiB", "640 MiB", "12 KiB", "7 B".
std::string to_string(ByteSize size);

}  // namespace newbie
