// Finding a tokenizer's file, reading it, and giving it the frame of its model family.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "text/pipeline.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer_json.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;

/// What the two families do differently.
struct Family {
  std::string_view name;
  VocabularyKind kind;
  std::array<const char*, 3> files;     ///< in the order of preference
  std::array<const char*, 4> specials;  ///< bos, eos, pad, unk
  bool ends_with_eos;
  bool drop_first_space;
  Definition (*from_sentencepiece)(const SentencePieceFile&);
};

constexpr Family kGemma{"Gemma",
                        VocabularyKind::bpe,
                        {"tokenizer.json", "tokenizer.model", "spiece.model"},
                        {"<bos>", "<eos>", "<pad>", "<unk>"},
                        false,
                        false,
                        gemma_definition};
constexpr Family kXlmr{"XLM-R",
                       VocabularyKind::unigram,
                       {"tokenizer.json", "sentencepiece.bpe.model", "tokenizer.model"},
                       {"<s>", "</s>", "<pad>", "<unk>"},
                       true,
                       true,
                       xlmr_definition};

std::optional<int32_t> find_piece(const Definition& definition, std::string_view piece) {
  const auto& pieces = definition.pieces;
  const auto found = std::find(pieces.begin(), pieces.end(), piece);
  if (found == pieces.end()) return std::nullopt;
  return static_cast<int32_t>(found - pieces.begin());
}

std::unique_ptr<Tokenizer> frame(const Family& family, Definition definition) {
  if (definition.kind != family.kind) {
    throw Error("tokenizer.wrong_kind",
                fmt::format("the vocabulary is {}, expected {} for {}",
                            definition.kind == VocabularyKind::bpe ? "BPE" : "unigram",
                            family.kind == VocabularyKind::bpe ? "BPE" : "unigram", family.name))
        .hint("are the tokenizers of Gemma and Jina CLIP exchanged?");
  }
  const auto required = [&](const char* piece) {
    if (const auto id = find_piece(definition, piece)) return *id;
    throw Error("tokenizer.missing_special",
                fmt::format("the vocabulary of {} has no \"{}\"", family.name, piece));
  };
  Framing framing;
  framing.specials = {required(family.specials[0]), required(family.specials[1]),
                      required(family.specials[2]), required(family.specials[3]),
                      find_piece(definition, "<mask>").value_or(-1)};
  framing.prefix = {framing.specials.bos};
  if (family.ends_with_eos) framing.suffix = {framing.specials.eos};
  framing.drop_first_space = family.drop_first_space;
  return make_tokenizer(std::move(definition), std::move(framing));
}

fs::path find_file(const Family& family, const fs::path& folder_or_file) {
  if (!fs::is_directory(folder_or_file)) return folder_or_file;
  for (const char* name : family.files) {
    if (fs::exists(folder_or_file / name)) return folder_or_file / name;
  }
  throw Error("tokenizer.not_found",
              fmt::format("{} holds no tokenizer of {}: looked for {}", folder_or_file.string(),
                          family.name, fmt::join(family.files, ", ")));
}

std::unique_ptr<Tokenizer> load(const Family& family, std::string_view bytes, bool json) {
  return frame(family, json ? read_tokenizer_json(bytes)
                            : family.from_sentencepiece(read_sentencepiece(bytes)));
}

std::unique_ptr<Tokenizer> load(const Family& family, const fs::path& folder_or_file) {
  const fs::path path = find_file(family, folder_or_file);
  const std::string bytes = read_file(path, kMaxFileBytes);
  return with_where(path.string(),
                    [&] { return load(family, bytes, path.extension() == ".json"); });
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::unique_ptr<Tokenizer> load_gemma_tokenizer(const fs::path& folder_or_file) {
  return load(kGemma, folder_or_file);
}

std::unique_ptr<Tokenizer> load_gemma_tokenizer(std::span<const std::byte> sentencepiece_model) {
  return load(kGemma, as_text(sentencepiece_model), false);
}

std::unique_ptr<Tokenizer> load_xlmr_tokenizer(const fs::path& folder_or_file) {
  return load(kXlmr, folder_or_file);
}

std::unique_ptr<Tokenizer> load_xlmr_tokenizer(std::span<const std::byte> sentencepiece_model) {
  return load(kXlmr, as_text(sentencepiece_model), false);
}

}  // namespace newbie::text
