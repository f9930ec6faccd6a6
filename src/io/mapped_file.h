#pragma once
/// A file as read-only memory.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace newbie::io {

/// Maps a whole regular file. Tensors share ownership, so the mapping lives as long as they do.
/// A file that someone else shortens while it is mapped ends the process (SIGBUS): replace model
/// files by renaming, as we do. Thread-safe.
class MappedFile {
 public:
  /// Errors: `file.missing`, `file.unreadable`.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::byte> bytes() const { return bytes_; }

  /// Copies a range of the file. Unlike reading the mapping it leaves no page tables behind, which
  /// for bytes that are read once is most of the time. Error: `file.unreadable`.
  void read(size_t offset, std::byte* to, size_t bytes) const;
  /// Gives the pages of a range back; reading it again fetches it from the file.
  void drop(std::span<const std::byte> range) const;

 private:
  MappedFile(std::filesystem::path path, int descriptor, std::span<const std::byte> bytes)
      : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes) {}

  std::filesystem::path path_;
  int descriptor_;
  std::span<const std::byte> bytes_;
};

}  // namespace newbie::io
