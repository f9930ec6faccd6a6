#pragma once
/// Whole files in and out. Writing is atomic: a reader sees the old file or the new one, never a
/// part.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace newbie {

/// Reads a file of at most `limit` bytes. Errors: `file.missing`, `file.unreadable`,
/// `file.too_large`.
std::string read_file(const std::filesystem::path& path, uint64_t limit = uint64_t{1} << 30);

/// A file written beside its destination and renamed onto it by commit(); removed when abandoned.
/// Errors: `file.unwritable`, `file.disk_full` (what the system said, and the path).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path destination);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Flushes to the disk and renames. Nothing may be written after it.
  void commit();

 private:
  std::filesystem::path destination_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// Writes the whole text atomically.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace newbie
