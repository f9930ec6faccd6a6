#include "io/config.h"

#include <gtest/gtest.h>

#include "files.h"

namespace newbie::io {
namespace {

Config config(const char* text) { return Config::parse(text, "config.json"); }

TEST(Config, ReadsTypesSectionsAndNulls) {
  const Config json = config(
      R"({"dim": 96, "eps": 1e-5, "whole": 8.0, "on": true, "none": null, "name": "x",)"
      R"( "axes": [4, 6], "kinds": ["a"], "text_config": {"dim": 64}, "unknown": {"k": [1]}})");
  EXPECT_EQ(json.integer("dim"), 96);
  EXPECT_EQ(json.integer("whole"), 8);
  EXPECT_DOUBLE_EQ(json.number("eps"), 1e-5);
  EXPECT_EQ(json.find_boolean("on"), true);
  EXPECT_EQ(json.find_integer("none"), std::nullopt);
  EXPECT_FALSE(json.has("none"));
  EXPECT_EQ(json.string("name"), "x");
  EXPECT_EQ(json.integers("axes"), (std::vector<int64_t>{4, 6}));
  EXPECT_EQ(json.find_strings("kinds"), std::vector<std::string>{"a"});
  EXPECT_EQ(json.section("text_config").integer("dim"), 64);
  EXPECT_NE(json.text().find("unknown"), std::string::npos);
}

struct Wrong {
  const char* key;
  const char* code;
  const char* says;
};

TEST(Config, ErrorsNameFileKeyFoundAndExpected) {
  const Config json =
      config(R"({"s": "12", "f": 1.5, "neg": -1, "big": 4294967296, "huge": 18446744073709551615,)"
             R"( "l": [1, "x"], "hidden_size": 3})");
  for (const Wrong& wrong : {Wrong{"s", "config.wrong_type", "\"s\" is \"12\", expected a whole"},
                             {"f", "config.wrong_type", "is 1.5"},
                             {"neg", "config.out_of_range", "is -1, expected 1 to 2147483647"},
                             {"big", "config.out_of_range", "4294967296"},
                             {"huge", "config.out_of_range", "18446744073709551615"},
                             {"hiden_size", "config.missing_key", "\"hiden_size\" is missing"}}) {
    const Error error = error_of([&] { json.integer(wrong.key); });
    EXPECT_EQ(error.code(), wrong.code) << wrong.key;
    EXPECT_NE(std::string(error.what()).find(wrong.says), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("config.json"), std::string::npos);
  }
  EXPECT_EQ(error_of([&] { json.integers("l"); }).code(), "config.wrong_type");
  EXPECT_EQ(error_of([&] { json.section("f"); }).code(), "config.wrong_type");
  EXPECT_NE(error_of([&] { json.integer("hiden_size"); }).hint_text().find("hidden_size"),
            std::string::npos);
}

TEST(Config, NamesTheSectionInErrors) {
  const Config inner = config(R"({"text_config": {"dim": "x"}})").section("text_config");
  EXPECT_NE(std::string(error_of([&] { inner.integer("dim"); }).what())
                .find("config.json, text_config: \"dim\""),
            std::string::npos);
}

TEST(Config, RefusesWhatIsNoObject) {
  EXPECT_EQ(error_of([] { config("[1]"); }).code(), "config.wrong_type");
  EXPECT_EQ(error_of([] { config("{"); }).code(), "json.syntax");
  EXPECT_EQ(error_of([] { Config::open("/nowhere/config.json"); }).code(), "file.missing");
}

}  // namespace
}  // namespace newbie::io
