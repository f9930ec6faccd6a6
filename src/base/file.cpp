#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace newbie {
namespace {

Error write_error(const std::filesystem::path& path, int code) {
  if (code == ENOSPC || code == EDQUOT) {
    return Error("file.disk_full", fmt::format("no space left to write {}", path.string()))
        .hint("free some space or choose another place with --out; nothing was left half-written");
  }
  return Error("file.unwritable",
               fmt::format("{} cannot be written: {}", path.string(), std::strerror(code)))
      .hint("check that the folder exists and that you may write there");
}

}  // namespace

std::string read_file(const std::filesystem::path& path, uint64_t limit) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int code = errno;
    if (code == ENOENT) {
      throw Error("file.missing", fmt::format("{} does not exist", path.string()));
    }
    throw Error("file.unreadable",
                fmt::format("{} cannot be read: {}", path.string(), std::strerror(code)));
  }
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat info {};
  if (::fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    throw Error("file.unreadable", fmt::format("{} is a folder", path.string()));
  }
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error("file.unreadable",
                  fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
    }
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > limit) {
      throw Error("file.too_large",
                  fmt::format("{} is larger than the {} bytes allowed here", path.string(), limit));
    }
  }
}

AtomicFile::AtomicFile(std::filesystem::path destination) : destination_(std::move(destination)) {
  static std::atomic<unsigned> serial{0};
  temporary_ = destination_;
  temporary_ += fmt::format(".{}-{}.part", ::getpid(), serial.fetch_add(1));
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw write_error(destination_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw write_error(destination_, errno);
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) {
    throw write_error(destination_, errno);
  }
  if (::close(std::exchange(descriptor_, -1)) != 0 ||
      ::rename(temporary_.c_str(), destination_.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary_.c_str());
    throw write_error(destination_, code);
  }
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace newbie
