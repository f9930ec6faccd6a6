#include "prompt/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"

namespace newbie::prompt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(std::string_view text, const SweepOptions& options = {}) {
  std::vector<std::string> all;
  for (const SweepPrompt& prompt : Sweep(text, options).matrix()) all.push_back(prompt.text);
  return all;
}

std::vector<std::string> labels(std::string_view text) {
  std::vector<std::string> all;
  for (const SweepPrompt& prompt : Sweep(text).matrix()) all.push_back(prompt.label);
  return all;
}

Error error_of(std::string_view text, const SweepOptions& options = {}) {
  try {
    texts(text, options);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << text << " was accepted";
  return Error("", "");
}

TEST(Sweep, AChoiceGivesItsAlternativesInOrder) {
  EXPECT_THAT(texts("{red|blue}_hair"), ElementsAre("red_hair", "blue_hair"));
  EXPECT_THAT(texts("smile{, hat|}"), ElementsAre("smile, hat", "smile"));
  EXPECT_THAT(texts("a {red | blue} b"), ElementsAre("a red b", "a blue b"));
}

TEST(Sweep, TheLastAxisVariesFastest) {
  EXPECT_THAT(texts("{a|b}{1|2|3}"), ElementsAre("a1", "a2", "a3", "b1", "b2", "b3"));
  EXPECT_THAT(labels("{a|b}{n=1|}"), ElementsAre("a, n=1", "a, n=(none)", "b, n=1", "b, n=(none)"));
}

TEST(Sweep, NamedPlacesVaryTogether) {
  EXPECT_THAT(texts("{c=red|blue}_hair, {c=}_eyes"),
              ElementsAre("red_hair, red_eyes", "blue_hair, blue_eyes"));
  EXPECT_THAT(texts("{c=red|blue}_hair, {c=cap|bow}"),
              ElementsAre("red_hair, cap", "blue_hair, bow"));
  EXPECT_THAT(labels("{c=red|blue} {c=cap|bow}"), ElementsAre("c=red", "c=blue"));
}

TEST(Sweep, Ranges) {
  EXPECT_THAT(texts("(x:{0.6..1.4:0.4})"), ElementsAre("(x:0.6)", "(x:1.0)", "(x:1.4)"));
  EXPECT_THAT(texts("{1..3}girls"), ElementsAre("1girls", "2girls", "3girls"));
  EXPECT_THAT(texts("{3..1}"), ElementsAre("3", "2", "1"));
  EXPECT_THAT(texts("{0..1:0.25}").size(), 5u);
  EXPECT_THAT(texts("{w=0.5..1:0.5} {w=}"), ElementsAre("0.5 0.5", "1.0 1.0"));
  EXPECT_EQ(error_of("{0..1:0}").code(), "prompt.sweep_range");
  EXPECT_EQ(error_of("{0..1:-1}").code(), "prompt.sweep_range");
  EXPECT_EQ(error_of("{0..1:x}").code(), "prompt.sweep_range");
  EXPECT_EQ(error_of("{0..1e9}{0..900000}").code(), "prompt.sweep_range");
}

TEST(Sweep, NestedChoicesAreWrittenOut) {
  EXPECT_THAT(texts("{red|{light|dark}_blue}_hair"),
              ElementsAre("red_hair", "light_blue_hair", "dark_blue_hair"));
  EXPECT_THAT(texts("{a{1|2}b{3|4}|c}"), ElementsAre("a1b3", "a1b4", "a2b3", "a2b4", "c"));
  EXPECT_THAT(texts("{x|{1..3}}"), ElementsAre("x", "1", "2", "3"));
  EXPECT_EQ(error_of("{x|{n=1|2}}").code(), "prompt.sweep_axis");
  EXPECT_EQ(error_of("{a|{a|{a|{a|{a|{a|{a|{a|{a|{a|{a|b}}}}}}}}}}}").code(), "prompt.sweep_depth");
}

TEST(Sweep, WrapperAndJsonAreText) {
  for (std::string_view text :
       {"{ <character_1><n>a|b</n></character_1> }", "{\n<character_1>a|b</character_1>\n}",
        R"({"image": {"tags": "a|b"}})", R"({ "character_1": {"name": "x|y"} })", "{tag}",
        "{{tag}}", "{", "}", "a|b", "{a\n|b}", "^__^", "a__b", "\\(x\\)"}) {
    EXPECT_THAT(texts(text), ElementsAre(std::string(text)));
  }
}

TEST(Sweep, ChoicesInsideTheWrapperAndJson) {
  EXPECT_THAT(texts("{<n>{red|blue}_hair</n>}"),
              ElementsAre("{<n>red_hair</n>}", "{<n>blue_hair</n>}"));
  EXPECT_THAT(texts(R"({"tags": "{red|blue}_hair"})"),
              ElementsAre(R"({"tags": "red_hair"})", R"({"tags": "blue_hair"})"));
}

TEST(Sweep, Escapes) {
  EXPECT_THAT(texts("\\{a|b\\}"), ElementsAre("{a|b}"));
  EXPECT_THAT(texts("{a\\|b|c\\}}"), ElementsAre("a|b", "c}"));
  EXPECT_THAT(texts("\\__hats__"), ElementsAre("__hats__"));
  EXPECT_THAT(texts("fate_\\(series\\)"), ElementsAre("fate_\\(series\\)"));
}

TEST(Sweep, AxisErrorsSayWhatWasMeant) {
  const Error unknown = error_of("{hair=red|blue} {hiar=}");
  EXPECT_EQ(unknown.code(), "prompt.sweep_axis");
  EXPECT_THAT(unknown.hint_text(), HasSubstr("{hair=}"));
  const Error lengths = error_of("{hair=red|blue} {hair=a|b|c}");
  EXPECT_EQ(lengths.code(), "prompt.sweep_axis");
  EXPECT_THAT(lengths.what(), HasSubstr("2 alternatives at one place and 3"));
}

TEST(Sweep, TheLimitIsCheckedBeforeAnythingIsBuilt) {
  std::string text;
  for (int i = 0; i < 80; ++i) text += "{a|b|c}";
  EXPECT_EQ(Sweep(text).count(), SIZE_MAX);
  EXPECT_EQ(error_of(text).code(), "prompt.sweep_too_many");
  EXPECT_THAT(error_of("{1..40}{1..40}").what(), HasSubstr("1600 prompts, the limit is 1000"));
  EXPECT_THROW(Sweep("{a|b}").random(1001, 1), Error);
}

TEST(Sweep, RandomDrawsAreReproducible) {
  const Sweep sweep("{a|b|c}{1..9}");
  const auto first = sweep.random(200, 7);
  const auto again = sweep.random(200, 7);
  const auto shorter = sweep.random(50, 7);
  std::map<std::string, int> seen;
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].text, again[i].text);
    if (i < shorter.size()) {
      EXPECT_EQ(first[i].text, shorter[i].text);
    }
    ++seen[first[i].text];
  }
  EXPECT_GT(seen.size(), 24u) << "27 texts, 200 draws";
  EXPECT_NE(first[0].text + first[1].text + first[2].text,
            sweep.random(3, 8)[0].text + sweep.random(3, 8)[1].text + sweep.random(3, 8)[2].text);
  // The values are part of the promise: other machines and later versions draw the same.
  EXPECT_THAT(first[0].text + " " + first[1].text + " " + first[2].text, "a8 b3 a4");
}

class SweepWildcards : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / "newbie_wildcards";
    std::filesystem::create_directories(folder_ / "hair");
    write_file(folder_ / "hats.txt", "# hats\nberet\n\n  top_hat \r\n");
    write_file(folder_ / "hair" / "colours.txt", "red\nblue\n");
    write_file(folder_ / "empty.txt", "# nothing\n");
    options_.wildcard_folder = folder_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  SweepOptions options_;
};

TEST_F(SweepWildcards, FilesOfAlternatives) {
  EXPECT_THAT(texts("__hats__", options_), ElementsAre("beret", "top_hat"));
  EXPECT_THAT(texts("__hair/colours___hair", options_), ElementsAre("red_hair", "blue_hair"));
  EXPECT_THAT(texts("{h=__hats__} {h=}", options_), ElementsAre("beret beret", "top_hat top_hat"));
  EXPECT_THAT(texts("{none|__hats__}", options_), ElementsAre("none", "beret", "top_hat"));
}

TEST_F(SweepWildcards, Errors) {
  EXPECT_EQ(error_of("__hats__").code(), "prompt.wildcard_missing");
  EXPECT_THAT(error_of("__hts__", options_).hint_text(), HasSubstr("__hats__"));
  EXPECT_EQ(error_of("__empty__", options_).code(), "prompt.wildcard_missing");
  EXPECT_THAT(texts("__../hats__", options_), ElementsAre("__../hats__")) << "no way out";
}

TEST(Sweep, HostileTextsAreReadInTime) {
  for (char c : {'{', '}', '|', '_', '\\'}) {
    const std::string text(64 << 10, c);
    EXPECT_NO_THROW(Sweep(text).count());
  }
  std::string doubling = "{x|";
  for (int i = 0; i < 20; ++i) doubling += "{a|b}";
  EXPECT_EQ(error_of(doubling + "}").code(), "prompt.sweep_too_many");
}

TEST(FirstPrompt, SlotsStandAtTheirDefaultsAndChoicesAtTheirFirst) {
  const FirstPrompt first = first_prompt("{{hair={red|blue}_hair}}, {smile|pout}");
  EXPECT_EQ(first.text, "red_hair, smile");
  EXPECT_TRUE(first.slots_filled);
  EXPECT_EQ(first.choices, 4u);
}

TEST(FirstPrompt, WhatIsNeitherTemplateNorSweepStaysAsItIs) {
  for (const char* text :
       {"1girl, blue_hair", "{{blue_hair}}, smile", "{red|blue", "__hats__", "{{a=1}}, {{a=2}}"}) {
    const FirstPrompt first = first_prompt(text);
    EXPECT_EQ(first.text, text);
    EXPECT_FALSE(first.slots_filled) << text;
    EXPECT_EQ(first.choices, 1u) << text;
  }
}

}  // namespace
}  // namespace newbie::prompt
