#include "model_tools/convert.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/delta.h"
#include "io/element_cast.h"
#include "model_tools/destination.h"
#include "model_tools/part_writer.h"
#include "model_tools/side_files.h"
#include "models/config_check.h"
#include "models/loading.h"
#include "tensor/device.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPieceBytes = int64_t{16} << 20;

/// Rows of our tensors from a weight set, in another element type, some megabytes at a time.
class WeightRows {
 public:
  WeightRows(const io::WeightSet& weights, const ConvertOptions& options)
      : weights_(weights), merge_(options.merge), device_(Device::cpu(options.threads)) {}

  void produce(const SourceTensor& source, int64_t begin, int64_t end, const Sink& sink) {
    const Tensor& tensor = load(source.spec.name);
    if (tensor.rank() == 0) return send(tensor, 0, tensor.bytes(), source.dtype, sink);
    const int64_t rows = tensor.dim(0);
    const auto row_bytes = rows == 0 ? 0 : static_cast<int64_t>(tensor.bytes()) / rows;
    const int64_t step = std::max<int64_t>(1, kPieceBytes / std::max<int64_t>(1, row_bytes));
    for (int64_t row = begin; row < end; row += step) {
      const int64_t stop = std::min(end, row + step);
      send(tensor, static_cast<size_t>(row * row_bytes),
           static_cast<size_t>((stop - row) * row_bytes), source.dtype, sink);
    }
  }

 private:
  /// The last tensor is kept: a split asks for its parts one after the other.
  const Tensor& load(const std::string& name) {
    if (name != name_) {
      weights_.drop(name_);
      tensor_ = Tensor();
      tensor_ = adapted(name, weights_.tensor(name, device_));
      name_ = name;
    }
    return tensor_;
  }

  /// The tensor with what adapters change of it, in f32; itself when they change nothing.
  Tensor adapted(const std::string& name, const Tensor& stored) const {
    if (!merge_) return stored;
    const std::string path = name.substr(0, name.rfind('.'));
    const bool bias = name.ends_with(".bias");
    std::vector<adapters::Change> changes;
    for (const auto& [adapter, strength] : *merge_) {
      const adapters::Module* module = adapter->find(weights_.network(), path);
      if (!module || (!bias && !name.ends_with(".weight"))) continue;
      if (!bias || module->has(adapters::Factor::bias)) changes.push_back({module, strength});
    }
    if (changes.empty()) return stored;
    return bias ? adapters::merged_bias(stored, changes, DType::f32)
                : adapters::merged(stored, changes, DType::f32);
  }

  void send(const Tensor& tensor, size_t offset, size_t bytes, DType to, const Sink& sink) {
    const std::span<const std::byte> piece(tensor.raw() + offset, bytes);
    if (tensor.dtype() == to) return sink(piece);
    buffer_.resize(bytes / size_of(tensor.dtype()) * size_of(to));
    io::cast_elements(tensor.dtype(), piece, to, buffer_, device_.threads());
    sink(buffer_);
  }

  const io::WeightSet& weights_;
  const adapters::AdapterSet* merge_;
  Device device_;
  std::string name_;
  Tensor tensor_;
  std::vector<std::byte> buffer_;
};

const io::NamesTable& table_named(const PartDescription& description, std::string_view name) {
  const auto found = std::ranges::find(description.layouts, name, &io::NamesTable::layout);
  check(found != description.layouts.end(), "convert: a layout without a names table");
  return *found;
}

/// The config text for the destination; an existing file is kept word for word where its keys fit.
std::string config_for(const OpenedPart& part, Layout layout) {
  const bool native = layout == Layout::diffusers_native;
  const bool transformer = part.description.part == Part::transformer;
  const bool was_native = transformer && part.json && part.json->has("hidden_size");
  const bool same_keys = !transformer || native == was_native;
  // A merged adapter must not be announced again.
  if (part.json && same_keys) return part.json->text();
  return native ? part.description.native_config : part.description.config;
}

DType most_common_dtype(const OpenedPart& part) {
  std::map<DType, int64_t> counts;
  for (const std::string& name : part.weights->names()) {
    counts[part.weights->find(name)->dtype] += part.weights->find(name)->shape.numel();
  }
  return std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; })->first;
}

void require_complete(const OpenedPart& part) {
  const io::LoadReport found = compare(*part.weights, part.description.expected);
  if (!found.acceptable(io::Strictness::strict)) throw found.error(io::Strictness::strict);
}

/// All tensors of a part, read through `rows`, which must outlive the writing.
PartContents contents_of(const OpenedPart& part, WeightRows& rows, const ConvertOptions& options) {
  PartContents contents;
  for (const std::string& name : part.weights->names()) {
    const io::TensorInfo info = *part.weights->find(name);
    contents.tensors.push_back({{name, info.shape}, options.dtype.value_or(info.dtype)});
  }
  contents.metadata = part.weights->metadata();
  contents.metadata.erase(kEmbeddedConfigKey);
  contents.produce = [&rows](const SourceTensor& source, int64_t begin, int64_t end,
                             const Sink& sink) { rows.produce(source, begin, end, sink); };
  return contents;
}

struct Conversion {
  const OpenedModel& model;
  const fs::path& to;
  const ConvertOptions& options;
  const Progress& progress;
  Destination destination;
  std::vector<std::string> notes;

  void convert(const OpenedPart& part) {
    require_complete(part);
    const DType dtype = options.dtype.value_or(most_common_dtype(part));
    const PartPlace place =
        place_of(part.description.part, options.layout, "newbie", name_of(dtype));

    WeightRows rows(*part.weights, options);
    PartContents contents = contents_of(part, rows, options);
    contents.names = &table_named(part.description, place.names);
    contents.prefix = place.prefix;
    if (place.config.empty()) {
      contents.metadata[kEmbeddedConfigKey] = config_for(part, Layout::diffusers);
    } else {
      destination.write(place.config, config_for(part, options.layout));
    }
    move_tokenizer(part, place, contents);
    write_part(to / place.weights, contents, name_of(part.description.part), progress);
    destination.note(place.weights);
    for (const std::string& note : part.weights->notes()) notes.push_back(note);
  }

  void move_tokenizer(const OpenedPart& part, const PartPlace& place, PartContents& contents) {
    const Part kind = part.description.part;
    if (kind != Part::text_encoder && kind != Part::clip_model) return;
    const TokenizerFiles files = find_tokenizer(model.root, part);
    if (place.tokenizer.empty()) {
      contents.tokenizer_model = files.sentencepiece;
      if (files.sentencepiece.empty()) {
        notes.push_back(fmt::format(
            "{} has no SentencePiece file, so its tokenizer could not be put inside the weights",
            name_of(kind)));
      }
      return;
    }
    for (const auto& [name, text] : files.files) destination.write(place.tokenizer / name, text);
    if (files.files.empty() && !files.sentencepiece.empty()) {
      destination.write(place.tokenizer / sentencepiece_file_name(kind), files.sentencepiece);
    }
  }
};

}  // namespace

ConvertReport convert_model(const fs::path& from, const fs::path& to, const ConvertOptions& options,
                            const Progress& progress) {
  const OpenedModel model = open_model(from);
  if (!model.unreadable.empty()) throw model.unreadable.front().second;
  Conversion conversion{model, to, options, progress, Destination(to), {}};
  std::vector<Part> parts;
  bool pooled_text = false;
  for (const OpenedPart& part : model.parts) {
    conversion.convert(part);
    parts.push_back(part.description.part);
    pooled_text |= part.weights->has("clip_text_pooled_proj.0.weight");
  }
  for (const auto& [name, text] : side_files(model.root)) conversion.destination.write(name, text);
  if (options.layout != Layout::comfyui && parts.size() > 1) {
    conversion.destination.write("model_index.json",
                                 model_index(options.layout, parts, pooled_text));
    conversion.destination.write("scheduler/scheduler_config.json", scheduler_config(model.root));
  }
  return {conversion.destination.files(), std::move(conversion.notes)};
}

ConvertReport convert_to_file(const fs::path& from, const fs::path& to,
                              const ConvertOptions& options, const Progress& progress) {
  const OpenedModel model = open_model(from);
  if (!model.unreadable.empty()) throw model.unreadable.front().second;
  if (model.parts.size() != 1) {
    throw Error("model.not_one_network", fmt::format("{} holds {} networks, and a file is for one",
                                                     from.string(), model.parts.size()))
        .hint("name one of its folders, such as its transformer, or a folder as the destination");
  }
  std::error_code ignored;
  if (fs::exists(to, ignored)) {
    throw Error("file.exists", fmt::format("{} is there already", to.string()))
        .hint("name a file that does not exist yet");
  }
  const OpenedPart& part = model.parts.front();
  require_complete(part);
  WeightRows rows(*part.weights, options);
  PartContents contents = contents_of(part, rows, options);
  contents.names = &table_named(part.description, part.weights->layout());
  contents.prefix = part.weights->prefix();
  contents.metadata[kEmbeddedConfigKey] = config_for(part, Layout::diffusers);
  const auto tokenizer = part.weights->extra("spiece_model", Device::cpu(1));
  if (tokenizer) {
    contents.tokenizer_model.assign(reinterpret_cast<const char*>(tokenizer->raw()),
                                    tokenizer->bytes());
  }
  write_part(to, contents, name_of(part.description.part), progress);
  return {{to}, part.weights->notes()};
}

}  // namespace newbie::model_tools
