// Each step of the pipeline alone: what it makes of the text, and where it says the bytes came
// from.
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/piece_index.h"
#include "text/pre_tokenizer.h"
#include "text/trie.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

/// Each byte of a text with its source: "▁" from [1,2) reads "▁:1-2".
std::string shown(const AlignedText& text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8::decode(text.text, i).length;
    out += text.text.substr(i, length) + ":" + std::to_string(text.source[i].begin) + "-" +
           std::to_string(text.source[i + length - 1].end) + " ";
    i += length;
  }
  return out;
}

std::string normalized(const NormalizerStep& step, std::string_view text) {
  return shown(normalize({step}, AlignedText::from_source(text)));
}

std::vector<std::string> words(const std::vector<PreTokenizerStep>& steps, std::string_view text) {
  const Words result = pre_tokenize(steps, AlignedText::from_source(text));
  std::vector<std::string> out;
  for (const TextSpan& range : result.ranges) out.emplace_back(result.text.view(range));
  return out;
}

TEST(AlignedText, InvalidBytesBecomeReplacementCharacters) {
  EXPECT_EQ(shown(AlignedText::from_source("a\xFF\xC3(é")),
            "a:0-1 \uFFFD:1-2 \uFFFD:2-3 (:3-4 é:4-6 ");
}

TEST(Normalizer, ReplaceKeepsTheSourceOfWhatItReplaces) {
  EXPECT_EQ(normalized(Replace{" ", "▁"}, "a b "), "a:0-1 ▁:1-2 b:2-3 ▁:3-4 ");
  EXPECT_EQ(normalized(Replace{"aa", "b"}, "aaa"), "b:0-2 a:2-3 ");
  EXPECT_EQ(normalized(Replace{" ", ""}, " a "), "a:1-2 ");
}

TEST(Normalizer, SpaceRunsOfTwoOrMoreAreOne) {
  EXPECT_EQ(normalized(ReplaceSpaceRuns{"▁"}, "a b   c  "), "a:0-1  :1-2 b:2-3 ▁:3-6 c:6-7 ▁:7-9 ");
}

TEST(Normalizer, StripTakesUnicodeSpace) {
  EXPECT_EQ(normalized(Strip{true, true}, "\u3000 a b\t"), "a:4-5  :5-6 b:6-7 ");
  EXPECT_EQ(normalized(Strip{false, true}, " a "), " :0-1 a:1-2 ");
  EXPECT_EQ(normalized(Strip{}, " \n "), "");
}

TEST(Normalizer, PrependHasNoSource) {
  EXPECT_EQ(normalized(Prepend{"▁"}, "a"), "▁:0-0 a:0-1 ");
  EXPECT_EQ(normalized(Prepend{"▁"}, ""), "");
}

TEST(PreTokenizer, WithoutStepsTheTextIsOneWord) {
  EXPECT_EQ(words({}, "a b"), std::vector<std::string>{"a b"});
  EXPECT_TRUE(words({}, "").empty());
}

TEST(PreTokenizer, WhitespaceSplitDropsEveryKindOfSpace) {
  EXPECT_EQ(words({WhitespaceSplit{}}, " a\u3000b\u00A0\tc\u200Dd\n"),
            (std::vector<std::string>{"a", "b", "c\u200Dd"}));
}

TEST(PreTokenizer, MetaspaceCutsBeforeEachMark) {
  const Metaspace always{"▁", Metaspace::PrependTo::every_word, true};
  EXPECT_EQ(words({always}, "Hey   you"), (std::vector<std::string>{"▁Hey", "▁", "▁", "▁you"}));
  EXPECT_EQ(words({always}, "▁▁"), (std::vector<std::string>{"▁", "▁"}));
  EXPECT_EQ(words({WhitespaceSplit{}, always}, "a b▁c"),
            (std::vector<std::string>{"▁a", "▁b", "▁c"}));
  const Metaspace never{"▁", Metaspace::PrependTo::none, true};
  EXPECT_EQ(words({never}, "a b"), (std::vector<std::string>{"a", "▁b"}));
  const Metaspace first{"▁", Metaspace::PrependTo::first_word, true};
  EXPECT_EQ(words({WhitespaceSplit{}, first}, "a b"), (std::vector<std::string>{"▁a", "b"}));
  const Metaspace whole{"▁", Metaspace::PrependTo::every_word, false};
  EXPECT_EQ(words({whole}, "a b"), std::vector<std::string>{"▁a▁b"});
}

TEST(PreTokenizer, SplitKeepsThePatternWhereAsked) {
  using Keep = SplitAt::Keep;
  const auto split = [](Keep keep) { return words({SplitAt{",", keep}}, "a,,b,"); };
  EXPECT_EQ(split(Keep::nothing), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(split(Keep::alone), (std::vector<std::string>{"a", ",", ",", "b", ","}));
  EXPECT_EQ(split(Keep::with_previous), (std::vector<std::string>{"a,", ",", "b,"}));
  EXPECT_EQ(split(Keep::with_next), (std::vector<std::string>{"a", ",", ",b", ","}));
}

TEST(Trie, FindsEveryPrefixShortestFirst) {
  const std::vector<std::string> entries{"ab", "a", "abcd", "", "b", "a"};
  const Trie trie(entries);
  std::string found;
  trie.for_each_prefix("abcde", [&](size_t length, int32_t index) {
    found += std::to_string(length) + ":" + std::to_string(index) + " ";
  });
  EXPECT_EQ(found, "1:1 2:0 4:2 ");
  trie.for_each_prefix("", [&](size_t, int32_t) { FAIL(); });
  Trie().for_each_prefix("a", [&](size_t, int32_t) { FAIL(); });
}

TEST(Trie, SeesBytesAboveAscii) {
  const std::vector<std::string> entries{"\xFF\x00z", "剑"};
  size_t hits = 0;
  Trie(entries).for_each_prefix("剑客", [&](size_t length, int32_t index) {
    EXPECT_EQ(length, 3u);
    EXPECT_EQ(index, 1);
    ++hits;
  });
  EXPECT_EQ(hits, 1u);
}

TEST(PieceIndex, BytePiecesAreUpperCaseHex) {
  EXPECT_EQ(byte_piece(10), "<0x0A>");
  EXPECT_EQ(byte_of_piece("<0xFE>"), 0xFE);
  for (const char* other : {"<0xfe>", "<0xFG>", "<0x0>", "<0x000>", "[0x0A]"}) {
    EXPECT_FALSE(byte_of_piece(other)) << other;
  }
}

AddedToken added(std::string content, bool lstrip = false, bool rstrip = false,
                 bool single_word = false) {
  AddedToken token;
  token.content = std::move(content);
  token.lstrip = lstrip;
  token.rstrip = rstrip;
  token.single_word = single_word;
  return token;
}

/// "[x]" for an added token, the plain text for the rest.
std::string cut(std::vector<AddedToken> tokens, const std::string& text) {
  std::string out;
  for (const auto& part : AddedTokenMatcher(std::move(tokens)).split(text)) {
    const std::string piece(part.range.of(text));
    out += part.token >= 0 ? "[" + piece + "]" : piece + "|";
  }
  return out;
}

TEST(AddedTokens, TheLongestWinsAtTheLeftmostPlace) {
  EXPECT_EQ(cut({added("\n"), added("\n\n"), added("\n\n\n")}, "a\n\n\n\n\nb"),
            "a|[\n\n\n][\n\n]b|");
  EXPECT_EQ(cut({added("ab"), added("bcd")}, "abcd"), "[ab]cd|");
  EXPECT_EQ(cut({added("<b>")}, ""), "");
  EXPECT_EQ(cut({}, "abc"), "abc|");
}

TEST(AddedTokens, StripTakesTheSpaceAround) {
  EXPECT_EQ(cut({added("<m>", true)}, "a \u3000<m> b"), "a|[ \u3000<m>] b|");
  EXPECT_EQ(cut({added("<m>", false, true)}, "a <m> \nb"), "a |[<m> \n]b|");
  EXPECT_EQ(cut({added("<m>", true, true)}, " <m>  <m> "), "[ <m>  ][<m> ]");
}

TEST(AddedTokens, SingleWordsTouchNoWordCharacter) {
  EXPECT_EQ(cut({added("cat", false, false, true)}, "cat cats, cat_ 猫cat (cat)"),
            "[cat] cats, cat_ 猫cat (|[cat])|");
}

TEST(Unicode, GraphemesKeepMarksAndLineBreaksTogether) {
  const auto clusters = [](std::string_view text) {
    std::vector<size_t> ends;
    for (size_t i = 0; i < text.size(); ends.push_back(i)) i = grapheme_end(text, i);
    return ends;
  };
  EXPECT_EQ(clusters("e\u0301x"), (std::vector<size_t>{3, 4}));
  EXPECT_EQ(clusters("\r\n\n"), (std::vector<size_t>{2, 3}));
  EXPECT_EQ(clusters("\U0001F469\u200D\U0001F467!"), (std::vector<size_t>{11, 12}));
  EXPECT_EQ(clusters("\U0001F1EF\U0001F1F5\U0001F1EF\U0001F1F5"), (std::vector<size_t>{8, 16}));
}

}  // namespace
}  // namespace newbie::text
