#include "io/safetensors_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "base/json.h"
#include "io/safetensors.h"

namespace newbie::io {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint64_t kLengthBytes = 8;

std::string header_of(const std::vector<TensorHeader>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  // Looking a key up in an ordered object is linear, and names are known to differ.
  auto& fields = header.get_ref<Json::object_t&>();
  uint64_t at = 0;
  for (const TensorHeader& tensor : tensors) {
    const uint64_t end = at + tensor.bytes();
    std::vector<int64_t> sizes(tensor.shape.sizes().begin(), tensor.shape.sizes().end());
    fields.push_back({tensor.name, Json{{"dtype", safetensors_name(tensor.dtype)},
                                        {"shape", std::move(sizes)},
                                        {"data_offsets", {at, end}}}});
    at = end;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  const uint64_t length = (kLengthBytes + text.size() + kAlignment - 1) / kAlignment * kAlignment;
  text.resize(length - kLengthBytes, ' ');
  return text;
}

void check_names(const std::filesystem::path& destination,
                 const std::vector<TensorHeader>& tensors) {
  std::set<std::string_view> names;
  for (const TensorHeader& tensor : tensors) {
    if (tensor.name.empty() || tensor.name == "__metadata__") {
      throw Error("weights.bad_header", fmt::format("{} would hold a tensor named \"{}\"",
                                                    destination.string(), tensor.name));
    }
    if (!names.insert(tensor.name).second) {
      throw Error("weights.duplicate",
                  fmt::format("{} would hold {} twice", destination.string(), tensor.name));
    }
  }
}

void check_space(const std::filesystem::path& destination, uint64_t needed) {
  std::error_code failure;
  const std::filesystem::path folder = destination.parent_path();
  const auto space = std::filesystem::space(folder.empty() ? "." : folder, failure);
  if (failure || space.available >= needed) return;
  throw Error(
      "file.disk_full",
      fmt::format("{} needs {:.2f} MB, but {:.2f} MB are free there", destination.string(),
                  static_cast<double>(needed) * 1e-6, static_cast<double>(space.available) * 1e-6))
      .hint("free some space or choose another place; nothing was written");
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& destination,
                                     std::vector<TensorHeader> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : tensors_(std::move(tensors)) {
  check_names(destination, tensors_);
  std::ranges::stable_sort(tensors_, std::ranges::greater(),
                           [](const TensorHeader& t) { return size_of(t.dtype); });
  const std::string header = header_of(tensors_, metadata);
  if (header.size() > SafetensorsFile::kMaxHeaderBytes) {
    throw Error("weights.bad_header",
                fmt::format("{} would need a header of {} bytes, at most {}", destination.string(),
                            header.size(), SafetensorsFile::kMaxHeaderBytes));
  }
  file_bytes_ = kLengthBytes + header.size();
  for (const TensorHeader& tensor : tensors_) file_bytes_ += tensor.bytes();
  check_space(destination, file_bytes_);
  file_.emplace(destination);
  uint64_t length = header.size();
  if constexpr (std::endian::native == std::endian::big) length = __builtin_bswap64(length);
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
}

void SafetensorsWriter::append(std::span<const std::byte> bytes) {
  check(written_ + bytes.size() <= file_bytes_, "SafetensorsWriter: more data than was promised");
  file_->write(bytes);
  written_ += bytes.size();
}

void SafetensorsWriter::commit() {
  check(written_ == file_bytes_, "SafetensorsWriter: committed before all data were appended");
  file_->commit();
}

}  // namespace newbie::io
