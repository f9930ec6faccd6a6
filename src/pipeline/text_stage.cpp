#include "pipeline/text_stage.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "pipeline/caption_parts.h"

namespace newbie::pipeline {
namespace {

/// -inf in the columns of hidden tokens.
Tensor hiding(const std::vector<bool>& hidden, const Device& device) {
  const auto length = static_cast<int64_t>(hidden.size());
  std::vector<float> matrix;
  for (int64_t row = 0; row < length; ++row) {
    for (const bool gone : hidden) {
      matrix.push_back(gone ? -std::numeric_limits<float>::infinity() : 0.0f);
    }
  }
  return Tensor::from(matrix, Shape{length, length}, device);
}

/// Reads captions, each whole or without its lowered tokens.
class CaptionReader {
 public:
  explicit CaptionReader(const gemma3::Gemma3& encoder) : encoder_(encoder) {}

  /// One packed pass.
  std::vector<Tensor> all(const std::vector<PromptIds>& prompts) const {
    std::vector<int32_t> ids;
    std::vector<int64_t> lengths;
    for (const PromptIds& prompt : prompts) {
      ids.insert(ids.end(), prompt.gemma.begin(), prompt.gemma.end());
      lengths.push_back(static_cast<int64_t>(prompt.gemma.size()));
    }
    const auto packing = ops::Packing::of_lengths(lengths);
    const Tensor features = encoder_(ids, packing);
    std::vector<Tensor> captions;
    for (int64_t b = 0; b < packing.count(); ++b) {
      captions.push_back(features.slice(packing.begin(b), packing.end(b)));
    }
    return captions;
  }

  /// Some tokens of one prompt; none of them sees a hidden one.
  Tensor some(const PromptIds& prompt, const std::vector<int64_t>& rows,
              const std::vector<bool>& hidden) const {
    std::vector<int32_t> ids;
    std::vector<bool> gone;
    for (int64_t row : rows) {
      ids.push_back(prompt.gemma[static_cast<size_t>(row)]);
      if (!hidden.empty()) gone.push_back(hidden[static_cast<size_t>(row)]);
    }
    const auto packing = ops::Packing::of_lengths({static_cast<int64_t>(rows.size())});
    if (gone.empty()) return encoder_(ids, packing);
    return encoder_(ids, packing, {}, {hiding(gone, encoder_.device())});
  }

 private:
  const gemma3::Gemma3& encoder_;
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
  const CaptionReader reader(encoder);
  std::vector<Tensor> captions = reader.all(prompts);
  for (size_t b = 0; b < prompts.size(); ++b) {
    const PromptIds& prompt = prompts[b];
    const auto parts = parts_by_character(prompt.characters);
    const auto apart = [&](const Tensor& whole, const std::vector<bool>& hidden) {
      return read_apart(whole, parts, options.isolation,
                        [&](const auto& rows) { return reader.some(prompt, rows, hidden); });
    };
    Tensor reduced;
    if (wants_reduced(options.weights, prompt.weights)) {
      const auto hidden = hidden_when_reduced(prompt.weights);
      std::vector<int64_t> rows(prompt.gemma.size());
      std::iota(rows.begin(), rows.end(), 0);
      reduced = apart(reader.some(prompt, rows, hidden), hidden);
    }
    captions[b] = weighted(apart(captions[b], {}), prompt.weights, options.weights, reduced);
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
