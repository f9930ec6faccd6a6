// nmt_nfkc as it stands in the XLM-R tokenizer, and tables that lie.
#include "text/charsmap.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "text/sentencepiece_file.h"

namespace newbie::text {
namespace {

const std::string& nmt_nfkc() {
  static const std::string bytes =
      read_sentencepiece(read_file(std::filesystem::path(NEWBIE_TEST_DATA) /
                                   "golden/tiny-newbie/clip_model/sentencepiece.bpe.model"))
          .charsmap;
  return bytes;
}

std::string nfkc(std::string_view text) {
  return Charsmap(nmt_nfkc()).normalize(AlignedText::from_source(text)).text;
}

TEST(Charsmap, NormalisesAsNmtNfkc) {
  EXPECT_EQ(nfkc("ＡＢ\u3000x"), "AB x");
  EXPECT_EQ(nfkc("a\tb\nc"), "a b c");
  EXPECT_EQ(nfkc("①½ﬁ"), "11\u20442fi");
  EXPECT_EQ(nfkc("e\u0301"), "é");
  EXPECT_EQ(nfkc("a\u200Bb\u200Dc"), "a b\u200Dc");
  EXPECT_EQ(nfkc("㊙ ㎡"), "秘 m2");
  EXPECT_EQ(nfkc("a\u00A0b\u2028c"), "a b c");
  EXPECT_EQ(nfkc("a\u0001b"), "ab");
  EXPECT_EQ(nfkc("～"), "～");
  EXPECT_EQ(nfkc(""), "");
}

TEST(Charsmap, GraphemesOfSixBytesGoCharacterByCharacter) {
  // The rule for the pair exists, but the reference looks up clusters of fewer than six bytes only.
  EXPECT_EQ(Charsmap(nmt_nfkc()).replacement("カ\u3099"), "ガ");
  EXPECT_EQ(nfkc("カ\u3099"), "カ\u3099");
  EXPECT_EQ(nfkc("ｶ"), "カ");
  // A short cluster is replaced as a whole by the shortest rule that starts it.
  EXPECT_EQ(nfkc("①\u0301"), "1");
  EXPECT_EQ(nfkc("\r\n"), " ");
}

TEST(Charsmap, ReplacementsKeepTheSourceOfTheWholeCluster) {
  const AlignedText out = Charsmap(nmt_nfkc()).normalize(AlignedText::from_source("xe\u0301½"));
  EXPECT_EQ(out.text, "xé1\u20442");
  EXPECT_EQ(out.source_of({1, 3}), (TextSpan{1, 4}));
  for (size_t i = 3; i < out.size(); ++i) EXPECT_EQ(out.source[i], (TextSpan{4, 6})) << i;
}

void expect_malformed(const std::string& bytes) {
  try {
    Charsmap map(bytes);
    FAIL() << "a table of " << bytes.size() << " bytes was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "tokenizer.malformed");
  }
}

TEST(Charsmap, RefusesTablesThatLieAboutTheirSize) {
  expect_malformed("");
  expect_malformed("abc");
  expect_malformed(std::string("\0\0\0\0", 4));
  expect_malformed(std::string("\5\0\0\0aaaaaaaa", 12));
  expect_malformed(std::string("\xFF\xFF\xFF\x7F", 4) + "aaaa");
  expect_malformed(nmt_nfkc().substr(0, nmt_nfkc().size() / 4));
  expect_malformed(std::string("\4\0\0\0aaaa\xFF\xFE", 10));
}

TEST(Charsmap, DamagedTablesNeverLeadOutside) {
  // Every walk is bounded by the text and the table, whatever the units say.
  uint32_t state = 7;
  const auto random = [&] { return state = state * 1664525u + 1013904223u; };
  for (int round = 0; round < 50; ++round) {
    std::string bytes = nmt_nfkc();
    const size_t units = static_cast<unsigned char>(bytes[0]) |
                         static_cast<unsigned char>(bytes[1]) << 8 |
                         static_cast<unsigned char>(bytes[2]) << 16;
    for (int i = 0; i < 2000; ++i) bytes[4 + random() % units] = static_cast<char>(random() >> 24);
    const Charsmap map(bytes);
    EXPECT_LT(
        map.normalize(AlignedText::from_source("ＡＢ①½ﬁ㊙ e\u0301 plain ASCII text, 剑客")).size(),
        16384u);
  }
}

}  // namespace
}  // namespace newbie::text
