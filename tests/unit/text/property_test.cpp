// What holds for every text: spans are ordered and lose nothing, and SentencePiece agrees.
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <filesystem>
#include <random>

#include "base/file.h"
#include "base/utf8.h"
#include "text/charsmap.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;

fs::path tiny(const char* part) { return fs::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie" / part; }

/// Random text of one flavour: any bytes, any code points, or what prompts are made of.
class RandomText {
 public:
  std::string bytes() {
    std::string out(pick(64), '\0');
    for (char& c : out) c = static_cast<char>(pick(256));
    return out;
  }
  std::string code_points() {
    static constexpr char32_t kEnds[] = {0x80, 0x250, 0x3100, 0xA000, 0x20000, 0x110000};
    std::string out;
    for (size_t n = pick(40); n > 0; --n)
      utf8::append(out, static_cast<char32_t>(pick(kEnds[pick(6)])));
    return out;
  }
  std::string prompt() {
    static const std::vector<std::string> kParts{"1girl",
                                                 ", ",
                                                 "blue_hair",
                                                 " ",
                                                 "  ",
                                                 "<n>",
                                                 "</n>",
                                                 "\n",
                                                 "long_hair",
                                                 "smile",
                                                 "school_uniform",
                                                 "red_eyes",
                                                 "剑",
                                                 "客",
                                                 "蓝色的",
                                                 "少女",
                                                 "。",
                                                 "a",
                                                 "b",
                                                 "(",
                                                 ":1.2)",
                                                 "multi-tied",
                                                 "looking_at_viewer",
                                                 "_",
                                                 "of",
                                                 "the"};
    std::string out;
    for (size_t n = pick(30); n > 0; --n) out += kParts[pick(kParts.size())];
    return out;
  }

 private:
  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(engine_); }
  std::mt19937 engine_{20251};
};

using Carries = std::vector<bool> (*)(const std::string&);

std::vector<bool> every_byte(const std::string& text) {
  return std::vector<bool>(text.size(), true);
}

/// XLM-R drops white space, and what its normalisation removes or makes white space of.
std::vector<bool> bytes_left_by_nmt_nfkc(const std::string& text) {
  static const Charsmap rules(
      read_sentencepiece(read_file(tiny("clip_model/sentencepiece.bpe.model"))).charsmap);
  const AlignedText left = rules.normalize(AlignedText::from_source(text));
  std::vector<bool> carries(text.size(), false);
  for (size_t i = 0; i < left.size();) {
    const utf8::Decoded d = utf8::decode(left.text, i);
    const TextSpan source = left.source_of({i, i + d.length});
    for (size_t k = source.begin; k < source.end && !is_white_space(d.code_point); ++k)
      carries[k] = true;
    i += d.length;
  }
  return carries;
}

/// Spans are ordered and inside the text, and cover every byte that carries something.
void check_spans(const Tokenizer& tokenizer, const std::string& text, Carries carries) {
  std::vector<bool> covered(text.size(), false);
  TextSpan last;
  for (const Token& token : tokenizer.encode(text)) {
    ASSERT_LE(last.begin, token.span.begin);
    ASSERT_LE(last.end, token.span.end);
    ASSERT_LE(token.span.begin, token.span.end);
    ASSERT_LE(token.span.end, text.size());
    ASSERT_GE(token.id, 0);
    ASSERT_LT(token.id, tokenizer.vocabulary_size());
    for (size_t i = token.span.begin; i < token.span.end; ++i) covered[i] = true;
    last = token.span;
  }
  const std::vector<bool> expected = carries(text);
  for (size_t i = 0; i < text.size(); ++i) {
    ASSERT_TRUE(covered[i] || !expected[i])
        << "byte " << i << " of " << testing::PrintToString(text);
  }
}

TEST(TokenizerProperty, SpansAreOrderedAndLoseNothing) {
  const auto gemma = load_gemma_tokenizer(tiny("tokenizer"));
  const auto xlmr = load_xlmr_tokenizer(tiny("clip_model"));
  RandomText random;
  for (int round = 0; round < 2000; ++round) {
    for (const std::string& text : {random.bytes(), random.code_points(), random.prompt()}) {
      ASSERT_NO_FATAL_FAILURE(check_spans(*gemma, text, every_byte)) << "round " << round;
      ASSERT_NO_FATAL_FAILURE(check_spans(*xlmr, text, bytes_left_by_nmt_nfkc))
          << "round " << round;
    }
  }
}

TEST(TokenizerProperty, GemmaDecodesToTheTextItRead) {
  const auto gemma = load_gemma_tokenizer(tiny("tokenizer"));
  RandomText random;
  for (int round = 0; round < 2000; ++round) {
    std::string text = random.code_points();
    if (text.find(kSpaceMark) != std::string::npos) continue;  // reads back as a space
    ASSERT_EQ(gemma->decode(ids_of(gemma->encode(text))), text) << "round " << round;
  }
}

TEST(TokenizerProperty, GemmaSpansAreTheSourceOfTheirPieces) {
  const auto gemma = load_gemma_tokenizer(tiny("tokenizer"));
  RandomText random;
  for (int round = 0; round < 500; ++round) {
    const std::string text = random.prompt();
    for (const Token& token : gemma->encode(text)) {
      const std::vector<int32_t> id{token.id};
      const std::string piece = gemma->piece(token.id);
      if (piece.size() == 6 && piece.starts_with("<0x")) continue;
      ASSERT_EQ(gemma->decode(id), token.span.of(text)) << testing::PrintToString(text);
    }
  }
}

std::vector<int32_t> sentencepiece_ids(const sentencepiece::SentencePieceProcessor& oracle,
                                       const std::string& text) {
  std::vector<int> ids;
  EXPECT_TRUE(oracle.Encode(text, &ids).ok());
  return {ids.begin(), ids.end()};
}

TEST(TokenizerProperty, SentencePieceAgreesOnGemmaPrompts) {
  sentencepiece::SentencePieceProcessor oracle;
  ASSERT_TRUE(oracle.Load(tiny("tokenizer/tokenizer.model").string()).ok());
  const auto gemma = load_gemma_tokenizer(tiny("tokenizer/tokenizer.model"));
  RandomText random;
  for (int round = 0; round < 1000; ++round) {
    const std::string text = random.prompt();
    ASSERT_EQ(ids_of(gemma->encode(text)), sentencepiece_ids(oracle, text))
        << testing::PrintToString(text);
  }
}

TEST(TokenizerProperty, SentencePieceAgreesOnXlmrPrompts) {
  sentencepiece::SentencePieceProcessor oracle;
  ASSERT_TRUE(oracle.Load(tiny("clip_model/sentencepiece.bpe.model").string()).ok());
  const auto xlmr = load_xlmr_tokenizer(tiny("clip_model"));
  RandomText random;
  for (int round = 0; round < 1000; ++round) {
    const std::string text = random.prompt();
    std::vector<int32_t> expected = sentencepiece_ids(oracle, text);
    for (int32_t& id : expected) id = id == 0 ? xlmr->unk_id() : id + 1;
    ASSERT_EQ(ids_of(xlmr->encode(text)), expected) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace newbie::text
