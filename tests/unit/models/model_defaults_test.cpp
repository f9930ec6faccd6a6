#include <gtest/gtest.h>

#include "base/file.h"
#include "models/model_folder.h"
#include "support/program.h"

namespace newbie {
namespace {

TEST(ModelDefaults, AreUpstreamsWhereTheFolderSaysNothing) {
  const test::TemporaryFolder folder;
  ModelFolder model;
  model.root = folder.path();
  const ModelDefaults defaults = model_defaults(model);
  EXPECT_EQ(defaults.steps, 28);
  EXPECT_EQ(defaults.guidance_scale, 4.5);
  EXPECT_EQ(defaults.shift, 6.0);
  EXPECT_EQ(defaults.width, 1024);
  EXPECT_EQ(defaults.height, 1024);
}

TEST(ModelDefaults, ComeFromTheFolder) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "scheduler_config.json", R"({"shift": 3.0})");
  ModelFolder model;
  model.root = folder.path();
  model.scheduler = folder.path();
  EXPECT_EQ(model_defaults(model).shift, 3.0);
  write_file(folder.path() / "generation_config.json",
             R"({"num_inference_steps": 12, "guidance_scale": 2.0, "shift": 2.0,
                 "width": 256, "height": 384})");
  const ModelDefaults defaults = model_defaults(model);
  EXPECT_EQ(defaults.steps, 12);
  EXPECT_EQ(defaults.guidance_scale, 2.0);
  EXPECT_EQ(defaults.shift, 2.0) << "the pipeline's word counts over the scheduler's";
  EXPECT_EQ(defaults.width, 256);
  EXPECT_EQ(defaults.height, 384);
}

}  // namespace
}  // namespace newbie
