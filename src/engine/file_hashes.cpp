#include "engine/file_hashes.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/json.h"

namespace newbie::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTable = "weight-hashes.json";
/// Files smaller than this are read again sooner than a table is written.
constexpr uint64_t kWorthKeeping = uint64_t{64} << 20;
constexpr uint64_t kLargestTable = uint64_t{4} << 20;

std::string key_of(const fs::path& path) {
  std::error_code ignored;
  return fs::absolute(path, ignored).lexically_normal().generic_string();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

FileIdentity FileIdentity::of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    throw Error("file.unreadable",
                fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
  }
  return {static_cast<uint64_t>(info.st_size),
          int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_ino};
}

fs::path FileHashes::user_cache_folder() {
  if (std::getenv("NEWBIE_CACHE")) return environment("NEWBIE_CACHE");
  const fs::path caches = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (!caches.empty()) return caches / "newbie";
  return home.empty() ? fs::path() : home / ".cache" / "newbie";
}

FileHashes::FileHashes(fs::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  try {
    const Json table = parse_json(read_file(folder_ / kTable, kLargestTable), kTable).value();
    for (const auto& [path, row] : table.items()) {
      entries_[path] = {{row.at("bytes").get<uint64_t>(), row.at("modified_ns").get<int64_t>(),
                         row.at("inode").get<uint64_t>()},
                        row.at("hash").get<std::string>()};
    }
  } catch (const std::exception&) {
    entries_.clear();
  }
}

std::optional<std::string> FileHashes::find(const fs::path& path, const FileIdentity& now) const {
  const auto found = entries_.find(key_of(path));
  if (found == entries_.end() || !(found->second.identity == now)) return std::nullopt;
  return found->second.hash;
}

void FileHashes::put(const fs::path& path, const FileIdentity& now, std::string hash) {
  entries_[key_of(path)] = {now, std::move(hash)};
  changed_ |= now.bytes >= kWorthKeeping;
}

void FileHashes::save() {
  if (!changed_ || folder_.empty()) return;
  changed_ = false;
  Json table = Json::object();
  for (const auto& [path, entry] : entries_) {
    if (entry.identity.bytes < kWorthKeeping) continue;
    table[path] = {{"bytes", entry.identity.bytes},
                   {"modified_ns", entry.identity.modified_ns},
                   {"inode", entry.identity.inode},
                   {"hash", entry.hash}};
  }
  try {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    write_file(folder_ / kTable, table.dump(1, ' ', false, Json::error_handler_t::replace));
  } catch (const Error&) {
    // The next process reads the files again.
  }
}

}  // namespace newbie::engine
