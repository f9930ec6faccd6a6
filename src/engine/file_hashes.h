#pragma once
/// Content hashes of files that were read before, also by earlier processes.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace newbie::engine {

/// What tells whether a file is still the one that was hashed.
struct FileIdentity {
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;

  /// Error: `file.unreadable`.
  static FileIdentity of(const std::filesystem::path& path);
};

/// A table that is kept in the user's cache folder. Losing it costs time only: a folder that cannot
/// be written to, or a damaged table, is as good as none.
class FileHashes {
 public:
  /// The table in `folder`; an empty path keeps nothing.
  explicit FileHashes(std::filesystem::path folder = user_cache_folder());

  /// The hash of `path` when it was known for this very file.
  std::optional<std::string> find(const std::filesystem::path& path, const FileIdentity& now) const;
  void put(const std::filesystem::path& path, const FileIdentity& now, std::string hash);
  /// Writes the table when it changed, atomically.
  void save();

  /// NEWBIE_CACHE when it is set (empty = keep nothing), else the system's place for caches.
  static std::filesystem::path user_cache_folder();

 private:
  struct Entry {
    FileIdentity identity;
    std::string hash;
  };

  std::filesystem::path folder_;
  std::map<std::string, Entry> entries_;  // by absolute path
  bool changed_ = false;
};

}  // namespace newbie::engine
