#include "train/objective/classifier.h"

#include "base/json.h"
#include "support.h"
#include "train/recipe/read.h"
#include "train/run.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// A recipe of a classifier as small as can be, whose folder is gone afterwards.
struct SmallRun {
  explicit SmallRun(int64_t steps) {
    fs::create_directories(root.path() / "blank");
    write_file(
        root.path() / "blank/config.json",
        eval::to_json(
            {.size = 64, .widths = {8, 8, 16}, .groups = 4, .cell_width = 4, .features = 16}));
    recipe = default_recipe(Kind::classifier);
    recipe.run.out = (root.path() / "out").string();
    recipe.run.device = "cpu";
    recipe.run.steps = steps;
    recipe.run.batch = 4;
    recipe.run.save_every = 0;
    recipe.model.path = (root.path() / "blank").string();
    recipe.data.front().kind = "world";
    recipe.data.front().count = 4;
    recipe.optimizer.kind = "adamw";
    recipe.optimizer.learning_rate = 1e-2;
    recipe.schedule.kind = "constant";
    recipe.schedule.warmup = 0;
  }

  test::TemporaryFolder root;
  Recipe recipe;
};

TrainerOptions quiet() {
  TrainerOptions options;
  options.report = false;
  return options;
}

TEST(ClassifierObjective, LearnsFourPicturesByHeart) {
  const SmallRun run(24);
  std::vector<double> losses;
  RunEvents events;
  events.trainer.step = [&](const StepMetrics& step, int64_t) { losses.push_back(step.loss); };
  EXPECT_EQ(run_recipe(run.recipe, quiet(), events), RunEnd::finished);
  ASSERT_EQ(losses.size(), 24u);
  EXPECT_LT(losses.back(), 0.6 * losses.front());
}

TEST(ClassifierObjective, WritesAJudgeAndWhatItGetsRight) {
  const SmallRun run(1);
  run_recipe(run.recipe, quiet());
  const fs::path result = run.root.path() / "out/result";
  const eval::Judge judge(result, Device::cpu());
  const world::Sampler sampler(3);
  EXPECT_EQ(judge(sampler.draw(0, {64, 64}).rendering.picture).features.size(), 16u);
  const Json accuracy = Json::parse(read_file(result / "accuracy.json"));
  EXPECT_EQ(accuracy["pictures"], 512);
  EXPECT_GE(accuracy["count"]["trials"], 512);
}

TEST(ClassifierObjective, GoesOnFromStoredWeights) {
  SmallRun run(24);
  std::vector<double> losses;
  RunEvents events;
  events.trainer.step = [&](const StepMetrics& step, int64_t) { losses.push_back(step.loss); };
  run_recipe(run.recipe, quiet(), events);
  run.recipe.model.path = (run.root.path() / "out/result").string();
  run.recipe.run.out = (run.root.path() / "on").string();
  run.recipe.run.steps = 1;
  run_recipe(run.recipe, quiet(), events);
  ASSERT_EQ(losses.size(), 25u);
  // Pass 1 again, with half its resolution missing or not as before, and weights in bf16.
  EXPECT_LT(losses.back(), 0.7 * losses.front());
}

TEST(ClassifierObjective, AsksForTheWorld) {
  SmallRun run(1);
  run.recipe.data.front().kind = "folder";
  run.recipe.data.front().path = "pictures";
  EXPECT_EQ(code_of([&] { validate(run.recipe); }), "recipe.contradiction");
}

}  // namespace
}  // namespace newbie::train
