#include "workbench/file_watch.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/file.h"

namespace newbie::workbench {
namespace {

constexpr uint64_t kLargest = uint64_t{16} << 20;

std::string bytes_of(const std::filesystem::path& file) {
  try {
    return read_file(file, kLargest);
  } catch (const Error&) {
    return "";  // between two writes of an editor
  }
}

}  // namespace

FileWatch::FileWatch(const std::filesystem::path& file)
    : file_(file), bytes_(bytes_of(file)), descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  std::filesystem::path folder = file.parent_path();
  if (folder.empty()) folder = ".";
  const bool watched = descriptor_ >= 0 && ::inotify_add_watch(descriptor_, folder.c_str(),
                                                               IN_CLOSE_WRITE | IN_MOVED_TO) >= 0;
  if (watched) return;
  const std::string reason = std::strerror(errno);
  if (descriptor_ >= 0) ::close(descriptor_);
  throw Error("file.unwatchable", fmt::format("{} cannot be watched: {}", file.string(), reason));
}

FileWatch::~FileWatch() { ::close(descriptor_); }

bool FileWatch::saved() {
  // Events are only a reason to look: what counts is what the file holds.
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  while (::read(descriptor_, buffer, sizeof buffer) > 0) any = true;
  if (!any) return false;
  std::string now = bytes_of(file_);
  if (now.empty() || now == bytes_) return false;
  bytes_ = std::move(now);
  return true;
}

}  // namespace newbie::workbench
