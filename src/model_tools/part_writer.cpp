#include "model_tools/part_writer.h"

#include <fmt/format.h>

namespace newbie::model_tools {
namespace {

struct Origin {
  const SourceTensor* source = nullptr;  ///< none for the tokenizer
  int64_t row_begin = 0;
  int64_t row_end = 0;
};

}  // namespace

void write_part(const std::filesystem::path& file, const PartContents& contents,
                std::string_view stage, const Progress& progress) {
  std::vector<io::TensorHeader> headers;
  std::map<std::string, Origin> origins;
  for (const SourceTensor& source : contents.tensors) {
    for (io::PlacedTensor& placed : io::place(source.spec, *contents.names)) {
      const std::string name = contents.prefix + placed.name;
      origins[name] = {&source, placed.row_begin, placed.row_end};
      headers.push_back({name, source.dtype, placed.shape});
    }
  }
  if (!contents.tokenizer_model.empty()) {
    headers.push_back(
        {"spiece_model", DType::u8, {static_cast<int64_t>(contents.tokenizer_model.size())}});
  }

  std::error_code failure;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failure);
  if (failure) {
    throw Error("file.unwritable", fmt::format("{} cannot be made: {}", file.parent_path().string(),
                                               failure.message()));
  }
  io::SafetensorsWriter writer(file, std::move(headers), contents.metadata);
  uint64_t done = 0;
  const Sink sink = [&](std::span<const std::byte> bytes) {
    writer.append(bytes);
    done += bytes.size();
    if (progress) progress(stage, done, writer.file_bytes());
  };
  for (const io::TensorHeader& header : writer.tensors()) {
    const auto origin = origins.find(header.name);
    if (origin == origins.end()) {
      sink(std::as_bytes(std::span(contents.tokenizer_model)));
      continue;
    }
    const uint64_t before = done;
    contents.produce(*origin->second.source, origin->second.row_begin, origin->second.row_end,
                     sink);
    check(done - before == header.bytes(), fmt::format("write_part: {} got {} bytes of {}",
                                                       header.name, done - before, header.bytes()));
  }
  writer.commit();
}

}  // namespace newbie::model_tools
