#pragma once
/// A folder that a tool fills, and the account of what was written there.

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace newbie::model_tools {

/// A folder that was empty when the tool began.
class Destination {
 public:
  /// Error: `file.exists` when the folder is there and not empty.
  explicit Destination(std::filesystem::path root);

  /// Error: `file.disk_full` when the disk has fewer free bytes.
  void require_space(uint64_t bytes) const;
  /// Writes a small file below the root, making folders. Errors: `file.*`.
  void write(const std::filesystem::path& below, std::string_view text);
  /// Notes a file that someone else wrote.
  void note(std::filesystem::path below) { files_.push_back(std::move(below)); }
  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  std::filesystem::path root_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace newbie::model_tools
