#include "io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/json.h"
#include "io/foreign_format.h"

namespace newbie::io {
namespace {

constexpr uint64_t kLengthBytes = 8;

struct Spelling {
  DType dtype;
  std::string_view name;
};
constexpr std::array<Spelling, 12> kSpellings{{{DType::f64, "F64"},
                                               {DType::f32, "F32"},
                                               {DType::f16, "F16"},
                                               {DType::bf16, "BF16"},
                                               {DType::f8_e4m3, "F8_E4M3"},
                                               {DType::f8_e5m2, "F8_E5M2"},
                                               {DType::i64, "I64"},
                                               {DType::i32, "I32"},
                                               {DType::i16, "I16"},
                                               {DType::i8, "I8"},
                                               {DType::u8, "U8"},
                                               {DType::boolean, "BOOL"}}};

std::string short_dump(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

Error bad_header(const std::string& file, std::string_view tensor, const std::string& what) {
  return Error("weights.bad_header", fmt::format("{}: {}: {}", file, tensor, what))
      .fact("file", file)
      .fact("tensor", std::string(tensor));
}

DType read_dtype(const std::string& file, const std::string& tensor, const Json& description) {
  const auto found = description.find("dtype");
  if (found == description.end() || !found->is_string()) {
    throw bad_header(file, tensor, "the header gives no dtype");
  }
  const auto& name = found->get_ref<const std::string&>();
  if (const auto dtype = dtype_from_safetensors(name)) return *dtype;
  std::string known;
  for (const Spelling& row : kSpellings) known += fmt::format(" {}", row.name);
  throw Error("weights.unknown_dtype",
              fmt::format("{}: {} has dtype {:.40}, expected one of{}", file, tensor, name, known))
      .hint("convert the weights to BF16 or F32 with the tool that made them");
}

Shape read_shape(const std::string& file, const std::string& tensor, const Json& description) {
  const auto found = description.find("shape");
  if (found == description.end() || !found->is_array()) {
    throw bad_header(file, tensor, "the header gives no shape");
  }
  std::vector<int64_t> sizes;
  for (const Json& size : *found) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > uint64_t{1} << 62) {
      throw bad_header(file, tensor,
                       fmt::format("shape {} is not a list of sizes", short_dump(*found)));
    }
    sizes.push_back(size.get<int64_t>());
  }
  try {
    return Shape(std::span<const int64_t>(sizes));
  } catch (const Error& error) {
    throw bad_header(file, tensor, error.what());
  }
}

/// [begin, end) in the data section, checked against its size and against shape x dtype.
std::pair<uint64_t, uint64_t> read_offsets(const std::string& file, const TensorEntry& entry,
                                           const Json& description, uint64_t data_bytes) {
  const auto found = description.find("data_offsets");
  if (found == description.end() || !found->is_array() || found->size() != 2 ||
      !(*found)[0].is_number_unsigned() || !(*found)[1].is_number_unsigned()) {
    throw bad_header(file, entry.name, "data_offsets are not two byte positions");
  }
  const auto begin = (*found)[0].get<uint64_t>();
  const auto end = (*found)[1].get<uint64_t>();
  if (begin > end) {
    throw Error("weights.bad_offsets",
                fmt::format("{}: {} ends (byte {}) before it begins (byte {})", file, entry.name,
                            end, begin));
  }
  // Shape allows up to 2^62 elements, so that x 8 bytes may not fit 64 bits.
  const auto elements = static_cast<uint64_t>(entry.shape.numel());
  const uint64_t each = size_of(entry.dtype);
  if (elements > UINT64_MAX / each || elements * each != end - begin) {
    throw Error("weights.bad_offsets",
                fmt::format("{}: {} is {} {}, but its data_offsets hold {} bytes", file, entry.name,
                            name_of(entry.dtype), entry.shape.str(), end - begin));
  }
  if (end > data_bytes) {
    throw Error("weights.truncated",
                fmt::format("{} has {} bytes of tensors, but its header promises at least {} ({})",
                            file, data_bytes, end, entry.name))
        .hint("perhaps an incomplete download: fetch the file again");
  }
  return {begin, end};
}

void read_metadata(const std::string& file, const Json& value,
                   std::map<std::string, std::string>& metadata) {
  if (!value.is_object()) throw bad_header(file, "__metadata__", "expected a map of strings");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      throw bad_header(file, "__metadata__",
                       fmt::format("\"{:.40}\" is {}, expected a string", key, short_dump(text)));
    }
    metadata[key] = text.get<std::string>();
  }
}

/// Sorts by position; refuses shared bytes; returns how many bytes lie between tensors.
uint64_t order_and_check(const std::string& file, std::vector<TensorEntry>& entries,
                         uint64_t data_begin, uint64_t file_bytes) {
  std::ranges::stable_sort(entries, {},
                           [](const TensorEntry& e) { return std::pair(e.begin, e.end); });
  uint64_t holes = 0;
  uint64_t reached = data_begin;
  const TensorEntry* before = nullptr;
  for (const TensorEntry& entry : entries) {
    if (entry.bytes() == 0) continue;
    if (entry.begin < reached) {
      throw Error("weights.overlap",
                  fmt::format("{}: {} and {} claim the same bytes ({} to {})", file, before->name,
                              entry.name, entry.begin - data_begin,
                              std::min(reached, entry.end) - data_begin))
          .hint("the file is damaged or was made by a faulty tool: fetch it again");
    }
    holes += entry.begin - reached;
    reached = entry.end;
    before = &entry;
  }
  return holes + file_bytes - reached;
}

Json parse_header(std::string_view text, const std::string& file) {
  auto header = parse_json(text, file, {.bytes = SafetensorsFile::kMaxHeaderBytes, .depth = 8});
  if (header && header->is_object()) return *std::move(header);
  if (header) throw bad_header(file, "header", "expected a JSON object");
  const Error& error = header.error();
  if (error.code() == "json.duplicate_key") {
    throw Error("weights.duplicate", fmt::format("{} in its header", error.what()));
  }
  throw Error("weights.bad_header", fmt::format("the header of {}", error.what()))
      .hint("the file is damaged or no safetensors file: fetch it again");
}

}  // namespace

std::string_view safetensors_name(DType dtype) {
  for (const Spelling& row : kSpellings) {
    if (row.dtype == dtype) return row.name;
  }
  return {};
}

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (const Spelling& row : kSpellings) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto mapping = MappedFile::open(path);
  SafetensorsFile file = from_bytes(mapping->bytes(), mapping, path);
  file.mapping_ = std::move(mapping);
  return file;
}

SafetensorsFile SafetensorsFile::from_bytes(std::span<const std::byte> bytes,
                                            std::shared_ptr<const void> owner,
                                            std::filesystem::path path) {
  SafetensorsFile file;
  file.contents_ = parse(bytes, path.string());
  file.path_ = std::move(path);
  file.bytes_ = bytes;
  file.owner_ = std::move(owner);
  return file;
}

std::shared_ptr<const SafetensorsFile::Contents> SafetensorsFile::parse(
    std::span<const std::byte> bytes, const std::string& name) {
  if (auto foreign = recognise_foreign_format(bytes, name)) throw *std::move(foreign);
  if (bytes.size() < kLengthBytes + 2) {
    throw Error("weights.not_safetensors",
                fmt::format("{} has {} bytes, too few for a safetensors file", name, bytes.size()))
        .hint("perhaps an incomplete download: fetch the file again");
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if constexpr (std::endian::native == std::endian::big) length = __builtin_bswap64(length);
  const char* text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  // The order of these checks decides whether a file is called damaged or foreign.
  if (length > kMaxHeaderBytes || length < 2 || *text != '{') {
    throw Error("weights.not_safetensors",
                fmt::format("{} is no safetensors file: a header of {} bytes, starting with byte "
                            "0x{:02x}, is not possible (at most {} bytes, starting with '{{')",
                            name, length, static_cast<unsigned char>(*text), kMaxHeaderBytes));
  }
  if (length > bytes.size() - kLengthBytes) {
    throw Error("weights.truncated", fmt::format("{} has {} bytes, but its header alone takes {}",
                                                 name, bytes.size(), length + kLengthBytes))
        .hint("perhaps an incomplete download: fetch the file again");
  }

  const Json header = parse_header(std::string_view(text, length), name);
  const uint64_t data_begin = kLengthBytes + length;
  auto contents = std::make_shared<Contents>();
  for (const auto& [tensor, description] : header.items()) {
    if (tensor == "__metadata__") {
      read_metadata(name, description, contents->metadata);
      continue;
    }
    if (!description.is_object()) throw bad_header(name, tensor, "expected an object");
    TensorEntry entry;
    entry.name = tensor;
    entry.dtype = read_dtype(name, tensor, description);
    entry.shape = read_shape(name, tensor, description);
    const auto [begin, end] = read_offsets(name, entry, description, bytes.size() - data_begin);
    entry.begin = data_begin + begin;
    entry.end = data_begin + end;
    contents->entries.push_back(std::move(entry));
  }
  contents->hole_bytes = order_and_check(name, contents->entries, data_begin, bytes.size());
  for (size_t i = 0; i < contents->entries.size(); ++i) {
    contents->index.emplace(contents->entries[i].name, i);
  }
  return contents;
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = contents_->index.find(name);
  return found == contents_->index.end() ? nullptr : &contents_->entries[found->second];
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorEntry& entry) const {
  return bytes_.subspan(entry.begin, entry.bytes());
}

Tensor SafetensorsFile::tensor(const TensorEntry& entry, const Device& device) const {
  const std::span<const std::byte> data = bytes(entry);
  if (reinterpret_cast<uintptr_t>(data.data()) % size_of(entry.dtype) == 0) {
    Storage::DropPages drop;
    ByteSource source;
    if (mapping_) {
      drop = [mapping = mapping_](std::span<const std::byte> pages) { mapping->drop(pages); };
      const auto begin = static_cast<size_t>(data.data() - mapping_->bytes().data());
      source = [mapping = mapping_, begin](size_t at, std::byte* to, size_t count) {
        mapping->read(begin + at, to, count);
      };
    }
    return Tensor(
        std::make_shared<Storage>(device, data, owner_, std::move(drop), std::move(source)), 0,
        entry.shape, entry.dtype);
  }
  Tensor copy = Tensor::empty(entry.shape, entry.dtype, device);
  std::memcpy(copy.mutable_raw(), data.data(), data.size());
  return copy;
}

Tensor SafetensorsFile::tensor(std::string_view name, const Device& device) const {
  if (const TensorEntry* entry = find(name)) return tensor(*entry, device);
  std::vector<std::string_view> names;
  for (const TensorEntry& entry : entries()) names.push_back(entry.name);
  Error error("weights.missing", fmt::format("{} has no tensor {}", path_.string(), name));
  const std::string near = did_you_mean(name, names);
  if (!near.empty()) error.hint(fmt::format("did you mean {}?", near));
  throw error;
}

void SafetensorsFile::drop(const TensorEntry& entry) const {
  if (mapping_) mapping_->drop(bytes(entry));
}

}  // namespace newbie::io
