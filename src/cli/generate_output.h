#pragma once
/// Names of the pictures a command writes, and texts it reads.

#include <cstdint>
#include <string>

namespace newbie::cli {

/// A file's text, or standard input for "-". Errors: `file.*`.
std::string read_text_argument(const std::string& path);

/// Paths from a pattern with {seed}, {index} (from 1) and {date}. Without a pattern names are
/// newbie-<seed>.png and never overwrite an older picture.
class OutputNames {
 public:
  OutputNames(std::string pattern, int64_t count);

  /// Errors: `file.unwritable`, `file.disk_full`: before time is spent, not after.
  void require_writable() const;
  /// `index` counts from 0, as the engine does.
  std::string path(int64_t index, uint64_t seed) const;

 private:
  std::string pattern_;
  bool chosen_;
};

}  // namespace newbie::cli
