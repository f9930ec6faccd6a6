#include "base/toml.h"

#include <gtest/gtest.h>

namespace newbie {
namespace {

TEST(Toml, BecomesTheJsonOfTheSameValues) {
  const Json json = parse_toml(R"(
prompt = """
<caption>雨</caption>"""
steps = 20
offset = -3
cfg = 4.5
lenient = true
sigmas = [1.0, 0.5, 0]
made = 2026-11-23T07:50:00Z
[group]
name = 'C:\raw'
)",
                               "a.toml")
                        .value();
  EXPECT_EQ(json["prompt"], "<caption>雨</caption>");
  EXPECT_EQ(json["steps"], 20);
  EXPECT_TRUE(json["steps"].is_number_unsigned());
  EXPECT_EQ(json["offset"], -3);
  EXPECT_EQ(json["cfg"], 4.5);
  EXPECT_EQ(json["lenient"], true);
  EXPECT_EQ(json["sigmas"].dump(), "[1.0,0.5,0]");
  EXPECT_EQ(json["made"], "2026-11-23T07:50:00Z");
  EXPECT_EQ(json["group"]["name"], "C:\\raw");
}

TEST(Toml, MistakesAreLocated) {
  const auto broken = parse_toml("steps = 20\ncfg = = 3\n", "a.toml");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), "toml.syntax");
  EXPECT_EQ(std::string(broken.error().what()).find("a.toml:2:7: "), 0u) << broken.error().what();
  EXPECT_EQ(parse_toml("a = 1\na = 2\n", "twice").error().code(), "toml.syntax");
  EXPECT_EQ(parse_toml("a = 1", "long", 3).error().code(), "toml.too_large");
}

TEST(Toml, KeysHaveLines) {
  const char* text = "steps = 20\n\ncfg = 3\n[group]\nseed = 1\n";
  EXPECT_EQ(line_of_key(text, "steps"), 1);
  EXPECT_EQ(line_of_key(text, "cfg"), 3);
  EXPECT_EQ(line_of_key(text, "group"), 4);
  EXPECT_EQ(line_of_key(text, "seed"), 0) << "inside of a table";
  EXPECT_EQ(line_of_key("steps = = 20", "steps"), 0);
}

TEST(Toml, DeepNestingIsRefusedNotCrashedOn) {
  const std::string deep = "a = " + std::string(100000, '[');
  EXPECT_EQ(parse_toml(deep, "deep").error().code(), "toml.syntax");
}

}  // namespace
}  // namespace newbie
