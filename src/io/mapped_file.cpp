#include "io/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace newbie::io {
namespace {

Error unreadable(const std::filesystem::path& path, const char* reason) {
  return Error("file.unreadable", fmt::format("{} cannot be read: {}", path.string(), reason));
}

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  int release() { return std::exchange(value, -1); }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a named pipe must not hold us up before we can refuse it.
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0 && errno == ENOENT) {
    throw Error("file.missing", fmt::format("{} does not exist", path.string()));
  }
  if (file.value < 0) throw unreadable(path, std::strerror(errno));
  struct stat info {};
  if (::fstat(file.value, &info) != 0) throw unreadable(path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) throw unreadable(path, "it is a folder");
  if (!S_ISREG(info.st_mode)) throw unreadable(path, "it is not a regular file");
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(path, file.release(), {}));
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value, 0);
  if (data == MAP_FAILED) throw unreadable(path, std::strerror(errno));
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, file.release(), {static_cast<const std::byte*>(data), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  ::close(descriptor_);
}

void MappedFile::read(size_t offset, std::byte* to, size_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) throw unreadable(path_, "it was shortened while it was read");
    if (got < 0) throw unreadable(path_, std::strerror(errno));
    offset += static_cast<size_t>(got);
    to += got;
    bytes -= static_cast<size_t>(got);
  }
}

void MappedFile::drop(std::span<const std::byte> range) const {
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<uintptr_t>(range.data());
  // Inward to whole pages: a page that a neighbour shares would be read twice.
  const uintptr_t begin = (first + page - 1) / page * page;
  const uintptr_t end = (first + range.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace newbie::io
