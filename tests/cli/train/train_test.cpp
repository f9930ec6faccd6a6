// `newbie train` as a user meets it: slices, going on, refusals. The smallest thing that learns is
// a classifier of the world.

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

class Train : public ::testing::Test {
 protected:
  Train() {
    fs::create_directories(at("blank"));
    write_file(at("blank/config.json"),
               R"({"_class_name": "NewbieWorldClassifier", "size": 64, "widths": [8, 8, 16],
                   "groups": 4, "cell_width": 4, "features": 16})");
    write_file(at("recipe.toml"), R"([run]
out = "run"
steps = 3
batch = 2
device = "cpu"
log_every = 1
[model]
path = "blank"
[[data]]
kind = "world"
count = 4
[schedule]
warmup = 1
)");
  }

  fs::path at(const std::string& name) const { return folder_.path() / name; }

  ProgramResult train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{NEWBIE_PROGRAM, "train", "classifier", "--config",
                                       at("recipe.toml").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }

  static bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  TemporaryFolder folder_;
};

TEST_F(Train, GoesOnSliceBySlice) {
  const ProgramResult slice = train({"--for", "0.001s"});
  ASSERT_EQ(slice.exit_code, 0) << slice.err;
  EXPECT_TRUE(contains(slice.err, "step 1 of 3: loss")) << slice.err;
  EXPECT_TRUE(contains(slice.err, " GB, ")) << slice.err;
  EXPECT_TRUE(contains(slice.err, "this piece is over: saved in")) << slice.err;
  EXPECT_TRUE(contains(slice.err, "the same command goes on from here")) << slice.err;
  EXPECT_TRUE(fs::exists(at("run/states/step-00000001/journal.json")));
  const ProgramResult rest = train({"--json"});
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  const Json first = Json::parse(rest.out.substr(0, rest.out.find('\n')));
  EXPECT_EQ(first["step"], 2);
  EXPECT_GT(first["memory"].get<double>(), 0);
  EXPECT_TRUE(fs::exists(at("run/result/accuracy.json")));
}

TEST_F(Train, NamesTheKeyThatChanged) {
  ASSERT_EQ(train({"--for", "0.001s"}).exit_code, 0);
  const ProgramResult other = train({"--set", "optimizer.learning_rate=0.5"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(contains(other.err, "state.other_recipe")) << other.err;
  EXPECT_TRUE(contains(other.err, "optimizer.learning_rate is 0.5 and was 0.0025")) << other.err;
}

TEST_F(Train, RefusesTimesThatAreNone) {
  for (const char* time : {"soon", "0s", "-3m", "5 years"}) {
    const ProgramResult result = train({"--for", time});
    EXPECT_EQ(result.exit_code, 2) << time;
    EXPECT_TRUE(contains(result.err, "expected a time like 580s")) << result.err;
  }
}

TEST_F(Train, SaysWhatItWillTakeAndTrainsNothing) {
  const std::vector<std::string> full{NEWBIE_PROGRAM,
                                      "train",
                                      "full",
                                      "--config",
                                      at("recipe.toml").string(),
                                      "--set",
                                      "model.path=" + test::golden_model_folder().string(),
                                      "--set",
                                      "pictures.resolution=96"};
  auto with = [&](std::initializer_list<const char*> more) {
    std::vector<std::string> arguments = full;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  };
  const ProgramResult plan = with({"--plan"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  for (const char* part : {"transformer, weights", "transformer, activations", "all at once",
                           "memory: ", " needed, ", " can be had\n"}) {
    EXPECT_TRUE(contains(plan.out, part)) << plan.out;
  }
  const ProgramResult result = with({"--plan", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["device"], "cpu");
  EXPECT_TRUE(json["fits"].get<bool>());
  EXPECT_GT(json["parts"]["dit activations"].get<uint64_t>(), 0u);
  EXPECT_GT(json["peak_bytes"].get<uint64_t>(), json["parts"]["dit weights"].get<uint64_t>());
  EXPECT_FALSE(fs::exists(at("run"))) << "a plan writes nothing";
  // A run says the same first.
  const ProgramResult run = with({"--until", "1"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string needed = plan.out.substr(plan.out.find("memory: "));
  EXPECT_TRUE(contains(run.err, needed.substr(0, needed.find(','))));
}

TEST_F(Train, SaysWhatIsNotPlanned) {
  const ProgramResult result = train({"--plan"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.err, "request.usage")) << result.err;
  EXPECT_TRUE(contains(result.err, "the memory of `newbie train classifier` is not planned"))
      << result.err;
  EXPECT_FALSE(contains(train({"--until", "1"}).err, "memory: "));
}

TEST_F(Train, EveryKindHasATemplate) {
  for (const char* kind : {"lora", "full", "vae", "classifier"}) {
    const ProgramResult result = run_program({NEWBIE_PROGRAM, "train", "init", kind});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(contains(result.out, std::string("newbie train ") + kind)) << result.out;
  }
}

}  // namespace
}  // namespace newbie::test
