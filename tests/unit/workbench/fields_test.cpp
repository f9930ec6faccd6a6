#include "workbench/fields.h"

#include <gtest/gtest.h>

#include "unit/workbench/support.h"

namespace newbie::workbench {
namespace {

using newbie::test::code_of;

TEST(Fields, EveryKindOfFieldIsSetAndPrinted) {
  GenerateRequest request;
  const std::pair<const char*, const char*> values[] = {
      {"steps", "12"},       {"cfg", "7.5"},
      {"cfg-trunc", "0.25"}, {"seed", "18446744073709551615"},
      {"lenient", "on"},     {"sigmas", "1,0.5,0"},
      {"sampler", "heun"},   {"vae_tile", "-1"}};
  for (const auto& [name, text] : values) {
    set_field(request, name, text);
    EXPECT_EQ(field_text(request, name), text) << name;
  }
  EXPECT_EQ(request.steps, 12);
  EXPECT_EQ(request.cfg_trunc, 0.25);
  EXPECT_EQ(request.seed, 18446744073709551615u);
  EXPECT_TRUE(request.lenient);
  EXPECT_EQ(request.sigmas, (std::vector<double>{1, 0.5, 0}));
}

TEST(Fields, AutoOpensWhatTheModelFillsIn) {
  GenerateRequest request;
  request.cfg = 3;
  set_field(request, "cfg", "auto");
  EXPECT_FALSE(request.cfg.has_value());
  EXPECT_EQ(field_text(request, "cfg"), "auto");
}

TEST(Fields, MistakesAreNamed) {
  GenerateRequest request;
  EXPECT_EQ(code_of([&] { set_field(request, "steps", "many"); }), "request.field");
  EXPECT_EQ(code_of([&] { set_field(request, "steps", "12x"); }), "request.field");
  EXPECT_EQ(code_of([&] { set_field(request, "seed", "-1"); }), "request.field");
  EXPECT_EQ(code_of([&] { set_field(request, "lenient", "perhaps"); }), "request.field");
  EXPECT_EQ(code_of([&] { set_field(request, "sigmas", "1,x"); }), "request.field");
  try {
    set_field(request, "stepz", "3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "request.unknown_field");
    EXPECT_EQ(error.hint_text(), "did you mean \"steps\"?");
  }
}

TEST(Fields, EveryFieldSurvivesText) {
  GenerateRequest request;
  for (const std::string& name : field_names()) {
    GenerateRequest copy = request;
    const std::string text = field_text(request, name);
    set_field(copy, name, text);
    EXPECT_EQ(field_text(copy, name), text) << name;
  }
}

TEST(Fields, ChangesAreListedInOrder) {
  GenerateRequest before, after;
  after.seed = 9;
  after.prompt = "1girl";
  EXPECT_EQ(changed_fields(before, after),
            (std::vector<FieldChange>{{"prompt", "", "1girl"}, {"seed", "0", "9"}}));
  EXPECT_TRUE(changed_fields(after, after).empty());
  EXPECT_FALSE(field_choices("sampler").empty());
  EXPECT_TRUE(field_choices("steps").empty());
}

}  // namespace
}  // namespace newbie::workbench
