#pragma once
/// Writing safetensors files as a stream: names first, data after, never all of it in memory.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace newbie::io {

/// A tensor to be written.
struct TensorHeader {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;

  uint64_t bytes() const { return static_cast<uint64_t>(shape.numel()) * size_of(dtype); }
};

/// One file, complete or not there at all. The data section starts at a multiple of 64 bytes and
/// larger elements come first, so that every tensor can be mapped.
class SafetensorsWriter {
 public:
  /// Errors: `weights.duplicate`, `weights.bad_header` (an empty name, too many tensors for the
  /// format), `file.unwritable`, `file.disk_full` (before anything is written, when the size can be
  /// told).
  SafetensorsWriter(const std::filesystem::path& destination, std::vector<TensorHeader> tensors,
                    const std::map<std::string, std::string>& metadata = {});

  /// In the order in which their data must be appended.
  const std::vector<TensorHeader>& tensors() const { return tensors_; }
  /// Size of the finished file.
  uint64_t file_bytes() const { return file_bytes_; }

  /// The next bytes; pieces need not end where tensors do. Errors: `file.*`.
  void append(std::span<const std::byte> bytes);
  /// Renames the finished file into place; every promised byte must have been appended.
  void commit();

 private:
  std::vector<TensorHeader> tensors_;
  uint64_t file_bytes_ = 0;
  uint64_t written_ = 0;
  std::optional<AtomicFile> file_;
};

}  // namespace newbie::io
