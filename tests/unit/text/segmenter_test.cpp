// BPE and unigram on vocabularies small enough to check by hand.
#include "text/segmenter.h"

#include <gtest/gtest.h>

namespace newbie::text {
namespace {

std::string segmented(const Definition& definition, const std::string& word) {
  const PieceIndex index(definition.pieces);
  const auto segmenter = definition.kind == VocabularyKind::bpe ? make_bpe(definition, index)
                                                                : make_unigram(definition, index);
  const AlignedText text = AlignedText::from_source(word);
  std::vector<Token> tokens;
  segmenter->segment(text, {0, text.size()}, tokens);
  std::string out;
  for (const Token& token : tokens) {
    out += definition.pieces[static_cast<size_t>(token.id)] + ":" +
           std::to_string(token.span.begin) + "-" + std::to_string(token.span.end) + " ";
  }
  return out;
}

Definition bpe(std::vector<std::string> pieces, std::vector<std::array<std::string, 2>> merges) {
  Definition d;
  d.kind = VocabularyKind::bpe;
  d.pieces = std::move(pieces);
  d.unk = 0;
  const PieceIndex index(d.pieces);
  for (const auto& [left, right] : merges) {
    d.merges.push_back(
        {index.find(left).value(), index.find(right).value(), index.find(left + right).value()});
  }
  return d;
}

TEST(Bpe, MergesByRankNotByLength) {
  const auto d =
      bpe({"?", "a", "b", "c", "ab", "bc", "abc"}, {{"b", "c"}, {"a", "b"}, {"ab", "c"}});
  EXPECT_EQ(segmented(d, "abc"), "a:0-1 bc:1-3 ");
  EXPECT_EQ(segmented(d, "abab"), "ab:0-2 ab:2-4 ");
}

TEST(Bpe, EqualRanksMergeFromTheLeft) {
  const auto d = bpe({"?", "a", "aa"}, {{"a", "a"}});
  EXPECT_EQ(segmented(d, "aaa"), "aa:0-2 a:2-3 ");
  EXPECT_EQ(segmented(d, "a"), "a:0-1 ");
}

TEST(Bpe, UnknownCharactersFuseWhenAsked) {
  auto d = bpe({"?", "a"}, {});
  EXPECT_EQ(segmented(d, "a客剑a"), "a:0-1 ?:1-4 ?:4-7 a:7-8 ");
  d.fuse_unk = true;
  EXPECT_EQ(segmented(d, "a客剑a"), "a:0-1 ?:1-7 a:7-8 ");
}

TEST(Bpe, ByteFallbackCoversEachByteAndNeedsAllOfThem) {
  auto d = bpe({"?", "a", "<0xC3>", "<0xA9>"}, {});
  d.byte_fallback = true;
  EXPECT_EQ(segmented(d, "aé"), "a:0-1 <0xC3>:1-2 <0xA9>:2-3 ");
  EXPECT_EQ(segmented(d, "è"), "?:0-2 ");
}

TEST(Bpe, WholeWordsFirstSkipsTheMerges) {
  auto d = bpe({"?", "a", "b", "c", "bc", "abc"}, {{"b", "c"}});
  EXPECT_EQ(segmented(d, "abc"), "a:0-1 bc:1-3 ");
  d.whole_words_first = true;
  EXPECT_EQ(segmented(d, "abc"), "abc:0-3 ");
}

Definition unigram(std::vector<std::pair<std::string, double>> pieces) {
  Definition d;
  d.kind = VocabularyKind::unigram;
  for (auto& [piece, score] : pieces) {
    d.pieces.push_back(piece);
    d.scores.push_back(score);
  }
  d.scored = d.pieces.size();
  d.unk = 0;
  d.fuse_unk = true;
  return d;
}

TEST(Unigram, TakesTheBestSum) {
  const auto d =
      unigram({{"?", 0}, {"a", -1}, {"b", -1}, {"ab", -1.5}, {"c", -3}, {"bc", -1}, {"abc", -9}});
  EXPECT_EQ(segmented(d, "ab"), "ab:0-2 ");
  EXPECT_EQ(segmented(d, "abc"), "a:0-1 bc:1-3 ");
}

TEST(Unigram, TiesKeepTheLongerLastPiece) {
  const auto d = unigram({{"?", 0}, {"a", -1}, {"aa", -1}});
  EXPECT_EQ(segmented(d, "aaa"), "a:0-1 aa:1-3 ");
}

TEST(Unigram, UnknownNeighboursAreOneToken) {
  const auto d = unigram({{"?", 0}, {"a", -1}});
  EXPECT_EQ(segmented(d, "a客剑a客"), "a:0-1 ?:1-7 a:7-8 ?:8-11 ");
}

TEST(Unigram, AnUnknownCharacterCostsTenMoreThanTheWorstPiece) {
  // "b" alone costs -12: cheaper than "ab" only if "ab" is worse than -1 - 12.
  EXPECT_EQ(segmented(unigram({{"?", 0}, {"a", -1}, {"ab", -2}}), "ab"), "ab:0-2 ");
  EXPECT_EQ(segmented(unigram({{"?", 0}, {"a", -1}, {"xb", -2}}), "ab"), "a:0-1 ?:1-2 ");
}

TEST(Unigram, ByteFallbackReplacesTheUnknownToken) {
  auto d = unigram({{"?", 0}, {"a", -1}, {"<0xC3>", -2}, {"<0xA9>", -2}});
  d.byte_fallback = true;
  EXPECT_EQ(segmented(d, "aé"), "a:0-1 <0xC3>:1-2 <0xA9>:2-3 ");
  EXPECT_EQ(segmented(d, "aè"), "a:0-1 ?:1-3 ");
}

}  // namespace
}  // namespace newbie::text
