#include "train/data/cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "io/safetensors.h"
#include "io/safetensors_writer.h"
#include "io/weight_files.h"
#include "ops/transfer.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

fs::path TensorCache::path_of(uint64_t key) const {
  const std::string name = hex64(key);
  return folder_ / name.substr(0, 2) / (name + ".safetensors");
}

std::optional<TensorCache::Entry> TensorCache::find(uint64_t key, const Device& host) const {
  std::error_code ignored;
  if (folder_.empty() || !fs::exists(path_of(key), ignored)) return std::nullopt;
  try {
    const auto file = io::SafetensorsFile::open(path_of(key));
    Entry entry;
    for (const io::TensorEntry& stored : file.entries()) {
      entry[stored.name] = file.tensor(stored, host);
    }
    return entry;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void TensorCache::put(uint64_t key, const Entry& entry) const {
  if (folder_.empty()) return;
  const fs::path path = path_of(key);
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  std::vector<io::TensorHeader> headers;
  for (const auto& [name, tensor] : entry)
    headers.push_back({name, tensor.dtype(), tensor.shape()});
  io::SafetensorsWriter writer(path, headers);
  for (const io::TensorHeader& header : writer.tensors()) {
    const Tensor host = ops::to_host(entry.at(header.name));
    writer.append({host.raw(), host.bytes()});
  }
  writer.commit();
}

uint64_t weights_fingerprint(const fs::path& weights) {
  constexpr size_t kPage = 4096;
  std::vector<uint64_t> keys;
  for (const io::SafetensorsFile& file : io::open_weight_files(weights)) {
    for (const io::TensorEntry& entry : file.entries()) {
      const auto bytes = file.bytes(entry);
      keys.push_back(
          hash64(fmt::format("{} {} {}", entry.name, name_of(entry.dtype), entry.shape.str())));
      const size_t page = std::min(kPage, bytes.size());
      for (const size_t begin : {size_t{0}, (bytes.size() - page) / 2, bytes.size() - page}) {
        keys.push_back(hash64(as_text(bytes.subspan(begin, page))));
      }
    }
  }
  return joined_key(keys);
}

uint64_t joined_key(const std::vector<uint64_t>& keys) {
  return hash64(as_text(std::as_bytes(std::span(keys))));
}

}  // namespace newbie::train
