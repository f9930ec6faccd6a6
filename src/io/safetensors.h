#pragma once
/// Reading safetensors files: everything the header says is checked before any of it is used.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/mapped_file.h"
#include "tensor/tensor.h"

namespace newbie::io {

/// One tensor of a file; bytes [begin, end) of the whole file.
struct TensorEntry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t bytes() const { return end - begin; }
};

/// The safetensors spelling of a dtype ("BF16"), and back.
std::string_view safetensors_name(DType dtype);
std::optional<DType> dtype_from_safetensors(std::string_view name);

/// A mapped safetensors file. Copies share the mapping. Thread-safe.
class SafetensorsFile {
 public:
  static constexpr uint64_t kMaxHeaderBytes = 100'000'000;

  /// Errors: `file.*`, `weights.pickle`, `weights.not_safetensors`, `weights.truncated`,
  /// `weights.bad_header`, `weights.unknown_dtype`, `weights.bad_offsets`, `weights.overlap`,
  /// `weights.duplicate`.
  static SafetensorsFile open(const std::filesystem::path& path);
  /// The same from bytes in memory, which `owner` keeps alive; `path` stands for them in messages.
  static SafetensorsFile from_bytes(std::span<const std::byte> bytes,
                                    std::shared_ptr<const void> owner, std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  /// In the order of their data.
  const std::vector<TensorEntry>& entries() const { return contents_->entries; }
  const TensorEntry* find(std::string_view name) const;
  /// `__metadata__`, often a licence or a format note.
  const std::map<std::string, std::string>& metadata() const { return contents_->metadata; }
  uint64_t file_bytes() const { return bytes_.size(); }
  /// Bytes of the data section that belong to no tensor (other tools refuse such files).
  uint64_t hole_bytes() const { return contents_->hole_bytes; }

  std::span<const std::byte> bytes(const TensorEntry& entry) const;
  /// Without a copy, unless the data are not aligned for their type. `device` is a CPU device.
  Tensor tensor(const TensorEntry& entry, const Device& device) const;
  /// Error: `weights.missing`.
  Tensor tensor(std::string_view name, const Device& device) const;

  /// Gives the pages of a tensor back to the system; reading it again fetches them from the file.
  void drop(const TensorEntry& entry) const;

 private:
  struct Contents {
    std::vector<TensorEntry> entries;
    std::unordered_map<std::string_view, size_t> index;
    std::map<std::string, std::string> metadata;
    uint64_t hole_bytes = 0;
  };
  static std::shared_ptr<const Contents> parse(std::span<const std::byte> bytes,
                                               const std::string& name);

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const MappedFile> mapping_;  ///< empty for bytes in memory
  std::shared_ptr<const Contents> contents_;
};

}  // namespace newbie::io
