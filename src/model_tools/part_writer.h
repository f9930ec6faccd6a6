#pragma once
/// Writing one network's weights in a layout, as a stream in constant memory.

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/safetensors_writer.h"
#include "model_tools/parts.h"
#include "tensor/dtype.h"

namespace newbie::model_tools {

/// A tensor of ours, in the type in which it is written.
struct SourceTensor {
  io::TensorSpec spec;
  DType dtype = DType::bf16;
};

/// Takes the next bytes of the file.
using Sink = std::function<void(std::span<const std::byte>)>;

/// The tensors of one network under our names, how they are spelt in the file, and their values.
struct PartContents {
  std::vector<SourceTensor> tensors;
  const io::NamesTable* names = nullptr;
  std::string prefix;
  std::map<std::string, std::string> metadata;
  /// A serialized SentencePiece model to be stored as `spiece_model`; may be empty.
  std::string tokenizer_model;
  /// Gives rows [begin, end) of a tensor of ours to the sink, in as many pieces as it likes.
  std::function<void(const SourceTensor&, int64_t begin, int64_t end, const Sink&)> produce;
};

/// Writes the file whole or not at all; folders are made. Errors: `file.*`, `weights.*`.
void write_part(const std::filesystem::path& file, const PartContents& contents,
                std::string_view stage, const Progress& progress);

}  // namespace newbie::model_tools
