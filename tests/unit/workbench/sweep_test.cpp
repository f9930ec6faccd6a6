#include "workbench/sweep.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/program.h"
#include "unit/workbench/support.h"

namespace newbie::workbench {
namespace {

using test::code_of;
using Strings = std::vector<std::string>;

SweepSpec spec_of(const std::string& prompt, std::string x, std::string y = "") {
  SweepSpec spec;
  spec.context.base.prompt = prompt;
  spec.x = std::move(x);
  spec.y = std::move(y);
  return spec;
}

Strings labels(const Axis& axis) {
  Strings all;
  for (const AxisPoint& point : axis.points) all.push_back(point.label);
  return all;
}

Strings prompts(const SweepPlan& plan) {
  Strings all;
  for (const SweepCell& cell : plan.cells) all.push_back(cell.request.prompt);
  return all;
}

TEST(CommaList, QuotesHoldCommas) {
  EXPECT_EQ(comma_list("a,b c,d"), (Strings{"a", "b c", "d"}));
  EXPECT_EQ(comma_list("\"a, b\",c"), (Strings{"a, b", "c"}));
  EXPECT_EQ(comma_list("\"say \"\"x\"\"\""), (Strings{"say \"x\""}));
  EXPECT_EQ(comma_list("a,"), (Strings{"a", ""}));
  EXPECT_EQ(code_of([] { comma_list("\"a,b"); }), "sweep.axis");
}

TEST(NumberRange, CountsLikePeopleDo) {
  EXPECT_EQ(number_range("1..4"), (Strings{"1", "2", "3", "4"}));
  EXPECT_EQ(number_range("0.6..1.4:0.2"), (Strings{"0.6", "0.8", "1", "1.2", "1.4"}));
  EXPECT_EQ(number_range("3..1:-1"), (Strings{"3", "2", "1"}));
  EXPECT_TRUE(number_range("0.5").empty());
  EXPECT_TRUE(number_range("a..b").empty());
  EXPECT_EQ(code_of([] { number_range("1..4:0"); }), "sweep.axis");
  EXPECT_EQ(code_of([] { number_range("4..1"); }), "sweep.axis");
  EXPECT_EQ(code_of([] { number_range("0..1e9"); }), "sweep.axis");
}

TEST(Plan, FieldsMakeAGridRowByRow) {
  const SweepPlan plan = plan_sweep(spec_of("1girl", "cfg=3,5,7", "steps=12,20"));
  EXPECT_EQ(labels(plan.x), (Strings{"cfg 3", "cfg 5", "cfg 7"}));
  EXPECT_EQ(labels(plan.y), (Strings{"steps 12", "steps 20"}));
  ASSERT_EQ(plan.cells.size(), 6u);
  EXPECT_EQ(plan.cells[1].request.cfg, 5.0);
  EXPECT_EQ(plan.cells[1].request.steps, 12);
  EXPECT_EQ(plan.cells[5].request.cfg, 7.0);
  EXPECT_EQ(plan.cells[5].request.steps, 20);
  EXPECT_EQ(plan.cells[5].column, 2u);
  EXPECT_EQ(plan.cells[5].row, 1u);
}

TEST(Plan, ChoicesOfThePromptAreAnAxisByThemselves) {
  const SweepPlan plan = plan_sweep(spec_of("{red|blue}_hair", "", "seed=1..2"));
  EXPECT_EQ(labels(plan.x), (Strings{"red", "blue"}));
  EXPECT_EQ(prompts(plan), (Strings{"red_hair", "blue_hair", "red_hair", "blue_hair"}));
  EXPECT_EQ(plan.cells[2].request.seed, 2u);
}

TEST(Plan, NamedChoicesTakeSides) {
  const SweepPlan plan =
      plan_sweep(spec_of("{h=red|blue}_hair, {e=green|grey|pink}_eyes", "choice.e", "choice.h"));
  EXPECT_EQ(labels(plan.x), (Strings{"green", "grey", "pink"}));
  ASSERT_EQ(plan.cells.size(), 6u);
  EXPECT_EQ(plan.cells[0].request.prompt, "red_hair, green_eyes");
  EXPECT_EQ(plan.cells[5].request.prompt, "blue_hair, pink_eyes");
  const SweepPlan one = plan_sweep(spec_of("{h=red|blue}_hair, {e=green|grey}_eyes", "choice.e"));
  EXPECT_EQ(prompts(one), (Strings{"red_hair, green_eyes", "red_hair, grey_eyes"}));
}

TEST(Plan, SlotsAreFilled) {
  const SweepPlan plan =
      plan_sweep(spec_of("{{hair=red_hair}}, {{eyes=blue_eyes}}", "slot.hair=pink_hair,\"a, b\""));
  EXPECT_EQ(prompts(plan), (Strings{"pink_hair, blue_eyes", "a, b, blue_eyes"}));
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("{{a=b}}", "slot.c=d,e")); }), "prompt.slot_unknown");
}

TEST(Plan, ReplacingTextStartsWithItself) {
  const SweepPlan plan = plan_sweep(spec_of("1girl, red_hair, red_hair", "replace=red_hair,bald"));
  EXPECT_EQ(prompts(plan), (Strings{"1girl, red_hair, red_hair", "1girl, bald, bald"}));
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "replace=rain,snow")); }), "sweep.axis");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "replace=1girl")); }), "sweep.axis");
}

TEST(Plan, FilesAreRead) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "a.xml", "<caption>a</caption>");
  write_file(folder.path() / "b.xml", "<caption>b</caption>");
  const std::string axis =
      "file=" + (folder.path() / "a.xml").string() + "," + (folder.path() / "b.xml").string();
  const SweepPlan plan = plan_sweep(spec_of("", axis, "seed=1,2"));
  EXPECT_EQ(labels(plan.x), (Strings{"a", "b"}));
  EXPECT_EQ(plan.cells[3].request.prompt, "<caption>b</caption>");
}

TEST(Plan, CountMeansSeeds) {
  SweepSpec spec = spec_of("1girl", "cfg=3,5");
  spec.context.base.seed = 10;
  spec.context.base.count = 3;
  const SweepPlan plan = plan_sweep(spec);
  EXPECT_EQ(labels(plan.y), (Strings{"seed 10", "seed 11", "seed 12"}));
  for (const SweepCell& cell : plan.cells) EXPECT_EQ(cell.request.count, 1);
}

TEST(Plan, MistakesAreToldBeforeAnythingIsDrawn) {
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "")); }), "sweep.no_axis");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "stepz=1,2")); }), "request.unknown_field");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "steps=1,x")); }), "request.field");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "steps")); }), "sweep.axis");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "steps=")); }), "sweep.axis");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("1girl", "choices")); }), "sweep.axis");
  EXPECT_EQ(code_of([] { plan_sweep(spec_of("{a|b}", "choice.x")); }), "sweep.axis");
  SweepSpec large = spec_of("1girl", "seed=1..30", "steps=1..30");
  EXPECT_EQ(code_of([&] { plan_sweep(large); }), "sweep.too_many");
  large.limit = 900;
  EXPECT_EQ(plan_sweep(large).cells.size(), 900u);
}

}  // namespace
}  // namespace newbie::workbench
