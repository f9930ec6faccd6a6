#pragma once
/// Hearing that a file was saved.

#include <filesystem>
#include <string>

namespace newbie::workbench {

/// Watches the folder of a file, since editors write another file and rename it. Linux: inotify.
class FileWatch {
 public:
  /// Errors: `file.unwatchable`.
  explicit FileWatch(const std::filesystem::path& file);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// For poll(): readable when something happened in the folder.
  int descriptor() const { return descriptor_; }
  const std::filesystem::path& file() const { return file_; }

  /// Was the file saved since the last call? Never waits. Saves that leave the same bytes, and
  /// files that cannot be read just now, count for nothing.
  bool saved();

 private:
  std::filesystem::path file_;
  std::string bytes_;
  int descriptor_ = -1;
};

}  // namespace newbie::workbench
