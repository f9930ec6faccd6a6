#include "pipeline/text_stage.h"

#include <algorithm>
#include <limits>

#include "ops/shape.h"
#include "pipeline/caption_parts.h"

namespace newbie::pipeline {
namespace {

/// Several sequences of ids one after another, some with hidden tokens.
class PackedIds {
 public:
  explicit PackedIds(const Device& device) : device_(device) {}

  std::vector<int32_t> ids;
  ops::Packing packing;

  /// Adds the parts of one caption; returns the first of their rows.
  int64_t add(const std::vector<int32_t>& caption, const CaptionParts& parts,
              const std::vector<bool>& hidden = {}) {
    const int64_t first = packing.rows();
    for (int64_t row : parts.rows) ids.push_back(caption[static_cast<size_t>(row)]);
    for (int64_t p = 0; p < parts.packing.count(); ++p) {
      packing.offsets.push_back(first + parts.packing.end(p));
      bias_.push_back(hidden.empty() ? Tensor() : hiding(parts, p, hidden));
    }
    return first;
  }

  /// Empty when nothing is hidden.
  std::vector<Tensor> bias() const {
    for (const Tensor& matrix : bias_) {
      if (matrix.defined()) return bias_;
    }
    return {};
  }

 private:
  /// -inf in the columns of hidden tokens.
  Tensor hiding(const CaptionParts& parts, int64_t part, const std::vector<bool>& hidden) const {
    const int64_t begin = parts.packing.begin(part), length = parts.packing.length(part);
    std::vector<float> row(static_cast<size_t>(length));
    for (int64_t j = 0; j < length; ++j) {
      const auto token = static_cast<size_t>(parts.rows[static_cast<size_t>(begin + j)]);
      if (hidden[token]) row[static_cast<size_t>(j)] = -std::numeric_limits<float>::infinity();
    }
    std::vector<float> matrix;
    for (int64_t i = 0; i < length; ++i) matrix.insert(matrix.end(), row.begin(), row.end());
    return Tensor::from(matrix, Shape{length, length}, device_);
  }

  Device device_;
  std::vector<Tensor> bias_;
};

/// Where the answers for one prompt lie among the packed rows.
struct Reading {
  CaptionParts parts;
  int64_t first = 0;
  int64_t reduced_first = -1;  ///< of the second reading; -1 when there is none

  Tensor answer(const Tensor& packed, int64_t from, double strength) const {
    if (from < 0) return {};
    return join_parts(packed.slice(from, from + parts.packing.rows()), parts, strength);
  }
};

}  // namespace

PromptIds tokenize(const text::Tokenizer& gemma, const text::Tokenizer* clip,
                   const std::string& gemma_text, const std::string& clip_text, size_t max_tokens) {
  PromptIds ids;
  ids.gemma = text::ids_of(gemma.encode_with_specials(
      gemma_text, max_tokens > 0 ? std::optional(max_tokens) : std::nullopt));
  if (clip) ids.clip = text::ids_of(clip->encode_with_specials(clip_text));
  return ids;
}

std::vector<float> token_weights(const prompt::TokenMap& tokens, size_t count) {
  check(tokens.count() >= count, "the token map is of another text");
  return {tokens.weights.begin(), tokens.weights.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::vector<int32_t> token_characters(const prompt::CompiledText& text,
                                      const prompt::TokenMap& tokens, size_t count) {
  constexpr int32_t kSeveral = -1;
  std::vector<int32_t> characters(count, 0);
  for (size_t s = 0; s < text.spans.size(); ++s) {
    const prompt::OwnedSpan& span = text.spans[s];
    if (span.kind != prompt::OwnedSpan::Kind::character) continue;
    for (size_t i = tokens.spans[s].begin; i < std::min(tokens.spans[s].end, count); ++i) {
      const bool free = characters[i] == 0 || characters[i] == span.character;
      characters[i] = free ? span.character : kSeveral;
    }
  }
  std::ranges::replace(characters, kSeveral, 0);
  return characters;
}

std::vector<Tensor> encode_captions(const gemma3::Gemma3& encoder,
                                    const std::vector<PromptIds>& prompts,
                                    const EncodeOptions& options) {
  PackedIds packed(encoder.device());
  std::vector<Reading> readings;
  for (const PromptIds& prompt : prompts) {
    const bool apart = options.isolation > 0 && !prompt.characters.empty();
    Reading reading{.parts = apart ? parts_by_character(prompt.characters)
                                   : whole_caption(static_cast<int64_t>(prompt.gemma.size()))};
    reading.first = packed.add(prompt.gemma, reading.parts);
    if (wants_reduced(options.weights, prompt.weights)) {
      reading.reduced_first =
          packed.add(prompt.gemma, reading.parts, hidden_when_reduced(prompt.weights));
    }
    readings.push_back(std::move(reading));
  }

  const Tensor features = encoder(packed.ids, packed.packing, {}, packed.bias());
  std::vector<Tensor> captions;
  for (size_t b = 0; b < prompts.size(); ++b) {
    const Reading& reading = readings[b];
    captions.push_back(weighted(
        reading.answer(features, reading.first, options.isolation), prompts[b].weights,
        options.weights, reading.answer(features, reading.reduced_first, options.isolation)));
  }
  return captions;
}

std::vector<Tensor> encode_pooled(const jina_clip::JinaClip& encoder,
                                  const std::vector<PromptIds>& prompts) {
  std::vector<int32_t> ids;
  std::vector<int64_t> lengths;
  for (const PromptIds& prompt : prompts) {
    ids.insert(ids.end(), prompt.clip.begin(), prompt.clip.end());
    lengths.push_back(static_cast<int64_t>(prompt.clip.size()));
  }
  const auto packing = ops::Packing::of_lengths(lengths);
  const Tensor pooled = encoder(ids, packing);
  std::vector<Tensor> rows;
  for (int64_t b = 0; b < packing.count(); ++b) rows.push_back(pooled.slice(b, b + 1));
  return rows;
}

}  // namespace newbie::pipeline
