#include "base/escape.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/toml.h"

namespace newbie {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char byte : text) append_string_byte(out, byte);
  return out + "\"";
}

TEST(Escape, StringsReadBackAsJsonAndAsToml) {
  std::string text = "a \"quoted\" \\ path, 雨天";
  for (char c = 0; c < 0x20; ++c) text += c;
  text += '\x7f';
  const std::string quoted = in_quotes(text);
  EXPECT_EQ(parse_json(quoted, "test").value(), Json(text));
  EXPECT_EQ(parse_toml("key = " + quoted, "test").value().at("key"), Json(text));
}

TEST(Escape, OrdinaryTextStandsAsItIs) {
  EXPECT_EQ(in_quotes("1girl, 雨天 / it's <b>"), "\"1girl, 雨天 / it's <b>\"");
  EXPECT_EQ(in_quotes("a\nb\tc\x1f"), R"("a\nb\tc\u001f")");
}

TEST(Escape, HtmlMeansTheSameInTextAndInAttributes) {
  EXPECT_EQ(escape_html("a & b <i a='1' b=\"2\">"),
            "a &amp; b &lt;i a=&#39;1&#39; b=&quot;2&quot;&gt;");
  EXPECT_EQ(escape_html("雨天 1girl"), "雨天 1girl");
}

}  // namespace
}  // namespace newbie
