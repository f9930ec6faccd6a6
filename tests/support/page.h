#pragma once
/// Pages under docs/ that the program writes: a test holds each to what the program says today.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/file.h"

namespace newbie::test {

/// The first line in which two texts differ, of both.
inline std::string first_difference(const std::string& old_text, const std::string& new_text) {
  std::istringstream before(old_text), after(new_text);
  for (int number = 1;; ++number) {
    std::string a = "(the end)", b = "(the end)";
    const bool more = static_cast<bool>(std::getline(before, a));
    if (!static_cast<bool>(std::getline(after, b)) && !more) return "only the last line's end";
    if (a != b) return "line " + std::to_string(number) + "\n  has  " + a + "\n  now  " + b;
  }
}

/// Fails when docs/`name` is not `text`; NEWBIE_UPDATE=1 writes it instead.
inline void expect_page(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::path(NEWBIE_SOURCE_DIR) / "docs" / name;
  if (std::getenv("NEWBIE_UPDATE")) write_file(path, text);
  ASSERT_TRUE(std::filesystem::exists(path)) << path << ": NEWBIE_UPDATE=1 writes it";
  const std::string written = read_file(path);
  EXPECT_TRUE(written == text) << path << " is stale (NEWBIE_UPDATE=1 writes it): "
                               << first_difference(written, text);
}

}  // namespace newbie::test
