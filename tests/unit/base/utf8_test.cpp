#include "base/utf8.h"

#include <gtest/gtest.h>

#include "base/text_span.h"

namespace newbie {
namespace {

TEST(Utf8, DecodesAndEncodesEveryLength) {
  for (char32_t c : {U'a', U'é', U'雨', U'😀'}) {
    const std::string text = utf8::encode(c);
    const utf8::Decoded d = utf8::decode(text, 0);
    EXPECT_TRUE(d.valid);
    EXPECT_EQ(d.code_point, c);
    EXPECT_EQ(d.length, text.size());
  }
}

TEST(Utf8, RefusesOverlongSurrogateTruncatedAndTooLarge) {
  for (std::string_view bad :
       {"\xC0\x80", "\xED\xA0\x80", "\xE9\x9B", "\xF5\x80\x80\x80", "\x80"}) {
    EXPECT_EQ(utf8::first_invalid(bad), std::optional<size_t>(0)) << bad.size();
  }
  EXPECT_EQ(utf8::first_invalid("ab\xFFz"), std::optional<size_t>(2));
  EXPECT_EQ(utf8::first_invalid("雨と傘"), std::nullopt);
}

TEST(Utf8, WidthCountsColumnsOfATerminal) {
  EXPECT_EQ(utf8::display_width("ab雨"), 4u);
  EXPECT_EQ(utf8::display_width("e\xCC\x81"), 1u);
}

TEST(LineMap, CountsCodePointsAndIgnoresCarriageReturns) {
  const std::string text = "雨a\r\nb";
  const LineMap map(text);
  EXPECT_EQ(map.locate(4), (LineColumn{1, 3}));
  EXPECT_EQ(map.locate(6), (LineColumn{2, 1}));
  EXPECT_EQ(map.locate(99), (LineColumn{2, 2}));
  EXPECT_EQ(map.line(1), "雨a");
}

}  // namespace
}  // namespace newbie
