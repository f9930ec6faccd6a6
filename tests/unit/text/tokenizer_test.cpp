// The two tokenizers through their public contract, on the tiny golden models and on models made
// here.
#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "base/error.h"
#include "support/errors.h"
#include "support/sentencepiece_writer.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;

fs::path tiny(const char* part) { return fs::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie" / part; }

const Tokenizer& gemma() {
  static const auto tokenizer = load_gemma_tokenizer(tiny("tokenizer"));
  return *tokenizer;
}
const Tokenizer& xlmr() {
  static const auto tokenizer = load_xlmr_tokenizer(tiny("clip_model"));
  return *tokenizer;
}

/// "piece(source)" for each token.
std::string shown(const Tokenizer& tokenizer, std::string_view text) {
  std::string out;
  for (const Token& token : tokenizer.encode(text)) {
    out += tokenizer.piece(token.id) + "(" + std::string(token.span.of(text)) + ") ";
  }
  return out;
}

using test::code_of;

TEST(Tokenizer, EmptyPromptIsOnlySpecials) {
  EXPECT_EQ(ids_of(gemma().encode_with_specials("")), std::vector<int32_t>{2});
  EXPECT_EQ(ids_of(xlmr().encode_with_specials("")), (std::vector<int32_t>{0, 2}));
  EXPECT_TRUE(gemma().encode("").empty());
  EXPECT_TRUE(xlmr().encode(" \n\u3000").empty());
}

TEST(Tokenizer, SpecialsWrittenInTheTextAreRecognised) {
  EXPECT_EQ(shown(gemma(), "<start_of_turn>user\nhi<end_of_turn>"),
            "<start_of_turn>(<start_of_turn>) u(u) s(s) er(er) \n(\n) h(h) i(i) "
            "<end_of_turn>(<end_of_turn>) ");
  EXPECT_EQ(gemma().encode("<bos>")[0].id, gemma().bos_id());
  EXPECT_EQ(xlmr().encode("a</s>")[1].id, xlmr().eos_id());
}

TEST(Tokenizer, HtmlTagsAndLineBreaksAreWholePieces) {
  EXPECT_EQ(shown(gemma(), "<table><b>x</b></table>"),
            "<table>(<table>) <b>(<b>) x(x) </b>(</b>) </table>(</table>) ");
  EXPECT_EQ(shown(gemma(), "\n\n\n\n\n\t\t"), "\n\n\n\n(\n\n\n\n) \n(\n) \t\t(\t\t) ");
}

TEST(Tokenizer, MaskTakesTheSpaceBeforeIt) {
  const auto tokens = xlmr().encode("a  <mask> b");
  ASSERT_EQ(tokens[1].id, xlmr().specials().mask);
  EXPECT_EQ(tokens[1].span, (TextSpan{1, 9}));
  EXPECT_EQ(gemma().specials().mask, -1);
}

TEST(Tokenizer, BytePiecesCoverTheirOwnByte) {
  const auto tokens = gemma().encode("a😀");
  ASSERT_EQ(tokens.size(), 5u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(tokens[1 + i].span, (TextSpan{1 + i, 2 + i}));
}

TEST(Tokenizer, SpansReachThroughNormalisation) {
  const std::string text = "x ½y";  // one character becomes three
  const auto tokens = xlmr().encode(text);
  EXPECT_EQ(tokens.back().span.end, text.size());
  bool found = false;
  for (const Token& token : tokens) found = found || token.span.contains(2);
  EXPECT_TRUE(found);
  // A mark put in front of a word has no source.
  EXPECT_EQ(shown(xlmr(), " 剑"), "▁() 剑(剑) ");
}

TEST(Tokenizer, InvalidBytesReadAsReplacementCharacters) {
  EXPECT_EQ(ids_of(gemma().encode("a\xFF")), ids_of(gemma().encode("a\uFFFD")));
  EXPECT_EQ(ids_of(xlmr().encode("\xC3(")), ids_of(xlmr().encode("\uFFFD(")));
  for (const Token& token : gemma().encode("\xFF")) EXPECT_EQ(token.span, (TextSpan{0, 1}));
}

TEST(Tokenizer, TruncationKeepsTheSpecials) {
  const std::string text = "1girl, solo, smile";
  const auto full = ids_of(xlmr().encode_with_specials(text));
  const auto cut = ids_of(xlmr().encode_with_specials(text, 4));
  EXPECT_EQ(cut, (std::vector<int32_t>{full[0], full[1], full[2], full.back()}));
  EXPECT_EQ(ids_of(gemma().encode_with_specials(text, 1)), std::vector<int32_t>{2});
  EXPECT_EQ(ids_of(xlmr().encode_with_specials(text, 2)), (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(ids_of(xlmr().encode_with_specials(text, 1000)), full);
  EXPECT_EQ(code_of([&] { xlmr().encode_with_specials(text, 1); }), "tokenizer.max_length");
  EXPECT_EQ(code_of([&] { gemma().encode_with_specials(text, 0); }), "tokenizer.max_length");
}

TEST(Tokenizer, SpecialsAroundTheTextHaveEmptySpans) {
  const auto tokens = xlmr().encode_with_specials("abc");
  EXPECT_EQ(tokens.front().span, (TextSpan{0, 0}));
  EXPECT_EQ(tokens.back().span, (TextSpan{3, 3}));
}

TEST(Tokenizer, DecodeGivesTheTextBack) {
  for (const char* text :
       {"1girl,   solo", "蓝色的天空下 😀", "a\n\n\tb <b>x</b>", " leading", "é"}) {
    EXPECT_EQ(gemma().decode(ids_of(gemma().encode_with_specials(text))), text);
  }
  EXPECT_EQ(xlmr().decode(ids_of(xlmr().encode_with_specials("blue  hair"))), "blue hair");
  const std::vector<int32_t> half{gemma().id_of("<0xF0>").value(), gemma().id_of("a").value()};
  EXPECT_EQ(gemma().decode(half), "\uFFFDa");
}

TEST(Tokenizer, IdsOutsideTheVocabularyAreRefused) {
  const std::vector<int32_t> ids{gemma().vocabulary_size()};
  EXPECT_EQ(code_of([&] { gemma().decode(ids); }), "tokenizer.unknown_id");
  EXPECT_EQ(code_of([&] { xlmr().piece(-1); }), "tokenizer.unknown_id");
  EXPECT_EQ(gemma().id_of("no such piece"), std::nullopt);
}

TEST(Tokenizer, SentencePieceIdsMoveUpByOneForXlmr) {
  auto model = test::xlmr_like({{"▁", -2}, {"a", -1}, {"▁a", -2.5}});
  const auto shifted = load_xlmr_tokenizer(test::to_bytes(model.bytes()));
  EXPECT_EQ(shifted->vocabulary_size(), 8);
  EXPECT_EQ(ids_of(shifted->encode_with_specials("a b")), (std::vector<int32_t>{0, 6, 4, 3, 2}));
  EXPECT_EQ(shifted->specials().mask, 7);

  test::SentencePieceWriter own;
  own.kind = test::SentencePieceWriter::unigram;
  own.byte_fallback = false;
  own.dummy_prefix = true;
  for (const char* name : {"<s>", "<pad>", "</s>"})
    own.add(name, 0, test::SentencePieceWriter::control);
  own.add("<unk>", 0, test::SentencePieceWriter::unknown);
  own.add("▁", -2), own.add("a", -1), own.add("▁a", -2.5), own.add("<mask>", 0);
  const auto indexed = load_xlmr_tokenizer(test::to_bytes(own.bytes()));
  EXPECT_EQ(indexed->vocabulary_size(), 8);
  for (const char* text : {"a b", "a<mask>", " ", "aa a", "\uFF1C"}) {
    EXPECT_EQ(indexed->encode(text), shifted->encode(text)) << text;
  }
}

TEST(Tokenizer, UserDefinedPiecesComeBeforeMerges) {
  auto model = test::gemma_like({"<b>", "▁▁"}, {"▁▁x", "▁x", "▁", "x", "<", "b", ">"});
  const auto tokenizer = load_gemma_tokenizer(test::to_bytes(model.bytes()));
  EXPECT_EQ(shown(*tokenizer, "<b><b"), "<b>(<b>) <(<) b(b) ");
  // Spaces become marks only after the literal marks were cut out.
  EXPECT_EQ(shown(*tokenizer, "▁▁x"), "▁▁(▁▁) x(x) ");
  EXPECT_EQ(shown(*tokenizer, "  x"), "▁▁x(  x) ");
}

TEST(Tokenizer, GemmaThreeGetsItsImageToken) {
  const auto plain = load_gemma_tokenizer(test::to_bytes(test::gemma_like({}, {"a"}).bytes()));
  EXPECT_EQ(plain->id_of("<image_soft_token>"), std::nullopt);
  const auto three =
      load_gemma_tokenizer(test::to_bytes(test::gemma_like({"<start_of_image>"}, {"a"}).bytes()));
  EXPECT_EQ(three->id_of("<image_soft_token>"), three->vocabulary_size() - 1);
  EXPECT_EQ(three->encode("a<image_soft_token>").size(), 2u);
}

}  // namespace
}  // namespace newbie::text
