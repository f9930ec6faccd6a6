#include "text/tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <filesystem>

#include "support.h"
#include "train/tokenizer/corpus.h"
#include "train/tokenizer/train_tokenizer.h"

namespace newbie::train {
namespace {

constexpr int64_t kGemmaPieces = 1200, kClipPieces = 1100;

const TextCorpus& corpus() {
  static const TextCorpus texts = world_corpus(3, 60);
  return texts;
}

const std::string& gemma_model() {
  static const std::string model =
      train_gemma_tokenizer(corpus().gemma, kGemmaPieces, markup_symbols());
  return model;
}

const std::string& clip_model() {
  static const std::string model = train_xlmr_tokenizer(corpus().clip, kClipPieces);
  return model;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<int> ids_by_sentencepiece(const std::string& model, const std::string& text) {
  sentencepiece::SentencePieceProcessor processor;
  EXPECT_TRUE(processor.LoadFromSerializedProto(model).ok());
  return processor.EncodeAsIds(text);
}

/// Captions that the vocabularies were not trained on, and texts that no world writes.
std::vector<std::string> unseen(bool gemma) {
  const TextCorpus other = world_corpus(99, 12);
  std::vector<std::string> texts = gemma ? other.gemma : other.clip;
  for (const char* text : {"a cat sits", "龍が飛ぶ 🐉", "  two  spaces\n\n\nand breaks",
                           "1234567890", "<character_1>", "Ünïcödé \xE2\x80\x8D e\xCC\x81"}) {
    texts.emplace_back(text);
  }
  return texts;
}

TEST(TrainTokenizer, OurGemmaGivesTheIdsOfSentencePiece) {
  const auto ours = text::load_gemma_tokenizer(bytes_of(gemma_model()));
  for (const std::string& text : unseen(true)) {
    EXPECT_EQ(text::ids_of(ours->encode(text)), ids_by_sentencepiece(gemma_model(), text)) << text;
  }
}

TEST(TrainTokenizer, OurXlmrGivesTheIdsOfSentencePieceMovedByOne) {
  const auto ours = text::load_xlmr_tokenizer(bytes_of(clip_model()));
  for (const std::string& text : unseen(false)) {
    std::vector<int> theirs = ids_by_sentencepiece(clip_model(), text);
    for (int& id : theirs) id = id == 0 ? 3 : id + 1;
    EXPECT_EQ(text::ids_of(ours->encode(text)), theirs) << text;
  }
}

TEST(TrainTokenizer, SpecialsLieWhereTheNetworksExpectThem) {
  const auto gemma = text::load_gemma_tokenizer(bytes_of(gemma_model()));
  EXPECT_EQ(gemma->id_of("<pad>"), 0);
  EXPECT_EQ(gemma->id_of("<eos>"), 1);
  EXPECT_EQ(gemma->id_of("<bos>"), 2);
  EXPECT_EQ(gemma->id_of("<unk>"), 3);
  EXPECT_EQ(gemma->encode_with_specials("x").front().id, 2);
  EXPECT_EQ(gemma->vocabulary_size(), kGemmaPieces);
  const auto clip = text::load_xlmr_tokenizer(bytes_of(clip_model()));
  EXPECT_EQ(clip->specials().bos, 0);
  EXPECT_EQ(clip->specials().pad, 1);
  EXPECT_EQ(clip->specials().eos, 2);
  EXPECT_EQ(clip->specials().unk, 3);
  EXPECT_EQ(clip->specials().mask, kClipPieces + 1);
  EXPECT_EQ(clip->vocabulary_size(), kClipPieces + 2);
}

TEST(TrainTokenizer, GemmaKeepsEveryByteOfAnyText) {
  const auto gemma = text::load_gemma_tokenizer(bytes_of(gemma_model()));
  for (const std::string& text : unseen(true)) {
    const std::vector<int32_t> ids = text::ids_of(gemma->encode(text));
    EXPECT_EQ(std::ranges::count(ids, gemma->unk_id()), 0) << text;
    EXPECT_EQ(gemma->decode(ids), text);
  }
}

TEST(TrainTokenizer, TagsOfElementsAreOneToken) {
  const auto gemma = text::load_gemma_tokenizer(bytes_of(gemma_model()));
  for (const std::string& symbol : markup_symbols()) {
    EXPECT_EQ(gemma->encode(symbol).size(), 1u) << symbol;
  }
}

TEST(TrainTokenizer, TheSameTextsGiveTheSameBytes) {
  EXPECT_EQ(train_gemma_tokenizer(corpus().gemma, kGemmaPieces, markup_symbols()), gemma_model());
  EXPECT_EQ(train_xlmr_tokenizer(corpus().clip, kClipPieces), clip_model());
}

TEST(TrainTokenizer, SaysWhenThereAreTooFewTexts) {
  EXPECT_EQ(code_of([] { train_xlmr_tokenizer({"one text"}, 4000); }), "tokenizer.training");
  EXPECT_EQ(code_of([] { world_corpus(1, 0); }), "request.usage");
}

}  // namespace
}  // namespace newbie::train
