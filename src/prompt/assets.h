#pragma once
/// Files of assets/ that travel inside the library.

#include <span>
#include <string_view>

namespace newbie::prompt {

/// One file, as it was when the library was built.
struct Asset {
  std::string_view path;  ///< below assets/: "tags/zh_tags.tsv"
  std::string_view text;
};

/// Every embedded file, sorted by path. Generated at build time (cmake/EmbedAssets.cmake).
std::span<const Asset> assets();

/// The text of one embedded file. Errors: `internal.invariant` when the build left it out.
std::string_view asset(std::string_view path);

}  // namespace newbie::prompt
