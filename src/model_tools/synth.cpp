#include "model_tools/synth.h"

#include <algorithm>

#include "model_tools/destination.h"
#include "model_tools/part_writer.h"
#include "model_tools/side_files.h"
#include "model_tools/synth_tokenizer.h"
#include "model_tools/synth_values.h"
#include "models/config_check.h"
#include "tensor/device.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

/// Gives random rows to a sink, some megabytes at a time.
auto random_rows(const std::string& network, const SynthOptions& options) {
  return [network, seed = options.seed, threads = Device::cpu(options.threads).threads(),
          buffer = std::vector<std::byte>()](const SourceTensor& source, int64_t begin, int64_t end,
                                             const Sink& sink) mutable {
    constexpr uint64_t kPieceElements = uint64_t{4} << 20;
    const int64_t rows = source.spec.shape[0];
    const auto row = static_cast<uint64_t>(rows == 0 ? 0 : source.spec.shape.numel() / rows);
    const ValueRule rule = value_rule(network, source.spec);
    const uint64_t stop = static_cast<uint64_t>(end) * row;
    for (uint64_t at = static_cast<uint64_t>(begin) * row; at < stop; at += kPieceElements) {
      buffer.resize(std::min(kPieceElements, stop - at) * size_of(source.dtype));
      fill_values(seed, source.spec, rule, source.dtype, at, buffer, threads);
      sink(buffer);
    }
  };
}

std::string tokenizer_of(const Preset& preset, const PartDescription& part) {
  if (part.part == Part::text_encoder) return synth_gemma_tokenizer(preset.gemma_pieces);
  // XLM-R ids are piece ids plus one, and <mask> comes last.
  if (part.part == Part::clip_model) return synth_xlmr_tokenizer(part.expected[0].shape[0] - 2);
  return {};
}

const io::NamesTable& table_named(const PartDescription& part, std::string_view name) {
  const auto found = std::ranges::find(part.layouts, name, &io::NamesTable::layout);
  check(found != part.layouts.end(), "synth: a layout without a names table");
  return *found;
}

}  // namespace

uint64_t synth_bytes(const Preset& preset, const SynthOptions& options) {
  uint64_t elements = 0;
  for (const PartDescription& part : preset.parts) {
    for (const io::TensorSpec& spec : part.expected) {
      elements += static_cast<uint64_t>(spec.shape.numel());
    }
  }
  return elements * size_of(options.dtype);
}

std::vector<fs::path> synth_model(const Preset& preset, const fs::path& to,
                                  const SynthOptions& options, const Progress& progress) {
  Destination destination(to);
  destination.require_space(synth_bytes(preset, options));
  std::vector<Part> parts;
  bool pooled_text = false;
  for (const PartDescription& part : preset.parts) {
    const PartPlace place = place_of(part.part, options.layout, "newbie", name_of(options.dtype));
    PartContents contents;
    for (const io::TensorSpec& spec : part.expected) {
      contents.tensors.push_back({spec, options.dtype});
    }
    contents.names = &table_named(part, place.names);
    contents.prefix = place.prefix;
    contents.metadata = {{"format", "pt"},
                         {"newbie.synthetic", "random values, not trained: " + preset.name}};
    contents.produce = random_rows(part.network, options);
    const bool native = options.layout == Layout::diffusers_native;
    if (place.config.empty()) {
      contents.metadata[kEmbeddedConfigKey] = part.config;
    } else {
      destination.write(place.config, native ? part.native_config : part.config);
    }
    std::string tokenizer = tokenizer_of(preset, part);
    if (!tokenizer.empty() && !place.tokenizer.empty()) {
      destination.write(place.tokenizer / sentencepiece_file_name(part.part), tokenizer);
    } else {
      contents.tokenizer_model = std::move(tokenizer);
    }
    write_part(to / place.weights, contents, name_of(part.part), progress);
    destination.note(place.weights);
    parts.push_back(part.part);
    pooled_text |= part.part == Part::clip_model;
  }
  if (options.layout != Layout::comfyui) {
    destination.write("model_index.json", model_index(options.layout, parts, pooled_text));
    destination.write("scheduler/scheduler_config.json", scheduler_config({}));
  }
  return destination.files();
}

}  // namespace newbie::model_tools
