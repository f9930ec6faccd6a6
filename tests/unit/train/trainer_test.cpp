// The loop: what is interrupted goes on as if it had not been, whatever interrupts it.

#include "train/loop/trainer.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/json.h"
#include "io/safetensors.h"
#include "support.h"
#include "train/loop/report.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Every byte of what a run leaves that must not depend on interruptions.
std::string outcome(const fs::path& run) {
  std::string all = read_file(run / "result/matrix.txt");
  for (const char* file : {"parameters", "optimizer", "average"}) {
    const fs::path path = run / "states/step-00000012" / (std::string(file) + ".safetensors");
    if (fs::exists(path)) all += read_file(path);
  }
  return all;
}

struct Piece {
  int64_t stop_after = -1;  ///< asks to stop after that step
  double seconds = 0;
  int64_t until = 0;
};

RunEnd train(const Recipe& recipe, const Piece& piece = {}) {
  LearnMatrix objective(Device::cpu(1));
  TrainerOptions options;
  options.seconds = piece.seconds;
  options.until = piece.until;
  const CancelToken stop = options.stop;
  TrainerEvents events;
  events.step = [&](const StepMetrics& metrics, int64_t) {
    if (metrics.step == piece.stop_after) stop.request();
  };
  return Trainer(objective, recipe, options, events).run();
}

Recipe muon_with_average(const fs::path& out) {
  Recipe recipe = matrix_recipe(out);
  recipe.optimizer.kind = "muon";
  recipe.schedule.kind = "wsd";
  recipe.schedule.warmup = 3;
  recipe.average.decay = 0.9;
  return recipe;
}

/// Runs in a child process that nobody's last words can help.
void train_until_killed(const Recipe& recipe, int64_t kill_at_step) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      LearnMatrix objective(Device::cpu(1));
      TrainerEvents events;
      events.step = [&](const StepMetrics& metrics, int64_t) {
        if (metrics.step == kill_at_step) ::kill(::getpid(), SIGKILL);
      };
      Trainer(objective, recipe, {}, events).run();
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST(Trainer, LearnsAndLeavesItsAccount) {
  const test::TemporaryFolder folder;
  Recipe recipe = matrix_recipe(folder.path());
  recipe.run.steps = 60;
  LearnMatrix objective(Device::cpu(1));
  const double before = objective.distance();
  Trainer trainer(objective, recipe, {});
  EXPECT_EQ(trainer.run(), RunEnd::finished);
  EXPECT_LT(objective.distance(), before / 4);
  ASSERT_EQ(trainer.metrics().size(), 60u);
  EXPECT_GT(trainer.metrics().front().loss, trainer.metrics().back().loss);
  EXPECT_EQ(trainer.metrics().back().parts.front().first, "distance");
  const std::string lines = read_file(folder.path() / "metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 60);
  const Json first = parse_json(lines.substr(0, lines.find('\n')), "line").value();
  EXPECT_EQ(first["step"], 1);
  EXPECT_GT(first["gradient_norm"].get<double>(), 0);
  const std::string page = read_file(folder.path() / "report.html");
  EXPECT_THAT(page, HasSubstr("<polyline class=\"thick\""));
  EXPECT_THAT(page, HasSubstr("60 of 60"));
}

TEST(Trainer, StoppedAnywhereItEndsTheSame) {
  const test::TemporaryFolder folder;
  for (const bool muon : {false, true}) {
    const auto recipe = [&](const char* name) {
      const fs::path out = folder.path() / (name + std::to_string(muon));
      return muon ? muon_with_average(out) : matrix_recipe(out);
    };
    train(recipe("whole"));
    const std::string whole = outcome(folder.path() / ("whole" + std::to_string(muon)));
    const Recipe cut = recipe("cut");
    EXPECT_EQ(train(cut, {.stop_after = 1}), RunEnd::stopped);
    EXPECT_EQ(train(cut, {.stop_after = 7}), RunEnd::stopped);
    EXPECT_EQ(train(cut, {.seconds = 1e-9}), RunEnd::sliced);
    EXPECT_EQ(train(cut, {.until = 10}), RunEnd::sliced);
    EXPECT_EQ(newest_state(fs::path(cut.run.out) / "states")->step, 10);
    EXPECT_EQ(train(cut, {.until = 10}), RunEnd::sliced) << "nothing more to do";
    EXPECT_EQ(train(cut), RunEnd::finished);
    EXPECT_TRUE(outcome(cut.run.out) == whole) << "muon " << muon;
    const std::string lines = read_file(fs::path(cut.run.out) / "metrics.jsonl");
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 12);
  }
}

TEST(Trainer, KilledAtAnyStepItEndsTheSame) {
  const test::TemporaryFolder folder;
  train(muon_with_average(folder.path() / "whole"));
  const std::string whole = outcome(folder.path() / "whole");
  for (int64_t step = 1; step <= 12; ++step) {
    Recipe recipe = muon_with_average(folder.path() / std::to_string(step));
    recipe.run.save_every = 3;
    train_until_killed(recipe, step);
    EXPECT_EQ(train(recipe), RunEnd::finished);
    EXPECT_TRUE(outcome(recipe.run.out) == whole) << "killed at step " << step;
  }
}

TEST(Trainer, KilledWhileSavingItEndsTheSame) {
  const test::TemporaryFolder folder;
  train(muon_with_average(folder.path() / "whole"));
  const std::string whole = outcome(folder.path() / "whole");
  for (int round = 0; round < 6; ++round) {
    Recipe recipe = muon_with_average(folder.path() / std::to_string(round));
    recipe.run.save_every = 1;  // most of the time goes into saving
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        train(recipe);
      } catch (...) {
        ::_exit(2);
      }
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(3000 + 4000 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(train(recipe), RunEnd::finished);
    EXPECT_TRUE(outcome(recipe.run.out) == whole) << "round " << round;
    for (const auto& entry : fs::directory_iterator(fs::path(recipe.run.out) / "states")) {
      EXPECT_EQ(entry.path().filename().string().find(".part-"), std::string::npos);
    }
  }
}

TEST(Trainer, KeepsAsManyStatesAsAsked) {
  const test::TemporaryFolder folder;
  Recipe recipe = matrix_recipe(folder.path());
  recipe.run.save_every = 2;
  recipe.run.keep = 3;
  train(recipe);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path() / "states")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("step-00000008", "step-00000010", "step-00000012"));
}

TEST(Trainer, StopsAtWhatIsNotFiniteAndKeepsTheStateBefore) {
  const test::TemporaryFolder folder;
  const Recipe recipe = matrix_recipe(folder.path());
  {
    LearnMatrix objective(Device::cpu(1));
    objective.break_at_step = 5;
    Trainer trainer(objective, recipe, {});
    try {
      trainer.run();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "train.not_finite");
      EXPECT_THAT(error.what(), HasSubstr("step 6: the loss is nan"));
      EXPECT_THAT(error.places().front(), HasSubstr("picture.png"));
    }
    EXPECT_EQ(trainer.steps_done(), 5);
    EXPECT_TRUE(fs::exists(folder.path() / "report.html"));
  }
  const auto state = newest_state(folder.path() / "states");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->step, 5);
  const auto file = io::SafetensorsFile::open(state->folder / "parameters.safetensors");
  for (const float value : file.tensor("blocks.0.weight", Device::cpu(1)).to_floats()) {
    EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Trainer, KeepsWhatWasLearntBeforeAFailure) {
  const test::TemporaryFolder folder, other;
  train(matrix_recipe(other.path()));
  const Recipe recipe = matrix_recipe(folder.path());
  LearnMatrix objective(Device::cpu(1));
  TrainerEvents events;
  std::string told;
  events.note = [&](const std::string& text) { told += text; };
  events.step = [&](const StepMetrics& metrics, int64_t) {
    if (metrics.step == 7) throw Error("memory.exhausted", "no memory");
  };
  EXPECT_EQ(code_of([&] { Trainer(objective, recipe, {}, events).run(); }), "memory.exhausted");
  EXPECT_EQ(newest_state(folder.path() / "states")->step, 7);
  EXPECT_THAT(told, HasSubstr("the state after step 7 is kept"));
  EXPECT_EQ(train(recipe), RunEnd::finished);
  EXPECT_TRUE(outcome(folder.path()) == outcome(other.path()));
}

TEST(Trainer, RefusesToGoOnAsAnotherRun) {
  const test::TemporaryFolder folder;
  Recipe recipe = matrix_recipe(folder.path());
  train(recipe, {.stop_after = 2});
  recipe.optimizer.learning_rate = 0.01;
  try {
    train(recipe);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "state.other_recipe");
    EXPECT_THAT(error.what(), HasSubstr("optimizer.learning_rate is 0.01 and was 0.05"));
  }
  recipe = matrix_recipe(folder.path());
  recipe.run.recompute = !recipe.run.recompute;
  EXPECT_EQ(code_of([&] { train(recipe); }), "state.other_recipe")
      << "its sums are rounded elsewhere";
  recipe = matrix_recipe(folder.path());
  recipe.model.path = "another";
  EXPECT_EQ(code_of([&] { train(recipe); }), "state.other_recipe");
  recipe = matrix_recipe(folder.path());
  recipe.run.save_every = 4;
  recipe.run.threads = 1;
  EXPECT_EQ(code_of([&] { train(recipe); }), "") << "what decides no weights may change";
}

TEST(Trainer, ARunHasItsFolderForItself) {
  const test::TemporaryFolder folder;
  const Recipe recipe = matrix_recipe(folder.path());
  {
    const FolderLock other(folder.path());
    EXPECT_EQ(code_of([&] { train(recipe); }), "state.in_use");
  }
  EXPECT_EQ(train(recipe), RunEnd::finished);
  EXPECT_EQ(code_of([] { train(matrix_recipe("/proc/newbie")); }), "file.unwritable");
}

TEST(StateFolder, NamesWhatDoesNotFit) {
  const test::TemporaryFolder folder;
  const Device device = Device::cpu(1);
  const auto zeros = [&](Shape shape) { return Tensor::zeros(shape, DType::f32, device); };
  save_state(folder.path(), 3, "{}", {{"parameters", {{"a", zeros({2})}, {"b", zeros({3})}}}}, 2);
  const auto state = newest_state(folder.path());
  ASSERT_TRUE(state);
  try {
    load_state_file(*state, {"parameters", {{"a", zeros({4})}, {"c", zeros({3})}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "state.mismatch");
    EXPECT_THAT(error.what(), HasSubstr("a is f32 [2], expected f32 [4]"));
    EXPECT_THAT(error.what(), HasSubstr("c is missing"));
    EXPECT_THAT(error.what(), HasSubstr("b is unknown"));
  }
  EXPECT_FALSE(newest_state(folder.path() / "nowhere"));
}

TEST(Report, HoldsEverythingInOneFile) {
  std::vector<StepMetrics> metrics;
  for (int64_t step = 1; step <= 400; ++step) {
    metrics.push_back({.step = step, .loss = 1.0 / static_cast<double>(step)});
  }
  Recipe recipe = matrix_recipe("runs/a<b");
  const std::string page = report_html(recipe, metrics, {{100, "\x89PNG"}});
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,iVBORw==\""));
  EXPECT_THAT(page, HasSubstr("a&lt;b"));
  EXPECT_THAT(page, testing::Not(HasSubstr("http")));
  EXPECT_EQ(page, report_html(recipe, metrics, {{100, "\x89PNG"}}));
  EXPECT_THAT(report_html(recipe, {}, {}), HasSubstr("<svg"));
}

TEST(Report, AShortRunIsMarkedAtWholeStepsOnce) {
  std::vector<StepMetrics> metrics;
  for (int64_t step = 1; step <= 3; ++step) {
    metrics.push_back({.step = step, .loss = 1.0 / static_cast<double>(step + 3)});
  }
  const std::string chart = loss_chart(metrics, "loss");
  for (const char* mark : {">1</text>", ">2</text>", ">3</text>"}) {
    const size_t at = chart.find(mark);
    EXPECT_NE(at, std::string::npos) << mark;
    EXPECT_EQ(chart.find(mark, at + 1), std::string::npos) << mark;
  }
}

}  // namespace
}  // namespace newbie::train
