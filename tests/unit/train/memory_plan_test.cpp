// What a run is said to take, against what the allocator gave it.

#include "train/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "image/png.h"
#include "support.h"
#include "support/accelerators.h"
#include "support/golden_folder.h"
#include "train/recipe/read.h"
#include "train/run.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// A run of the golden set's tiny model.
struct Case {
  const char* name;
  Kind kind;
  std::vector<std::string> settings;
};

std::ostream& operator<<(std::ostream& out, const Case& what) { return out << what.name; }

class TrainingMemory : public ::testing::TestWithParam<Case> {
 protected:
  TrainingMemory() {
    fs::create_directories(at("data"));
    // More upright ones than lying ones, so that batches of several shapes come.
    write_picture("a", 96, 128, "1girl, solo, blue_hair");
    write_picture("b", 96, 128, "1girl, solo, blue_hair");
    write_picture("c", 128, 96, "1girl, solo, blue_hair");
  }

  fs::path at(const std::string& name) const { return folder_.path() / name; }

  void write_picture(const std::string& name, int64_t width, int64_t height,
                     const std::string& caption) {
    image::Picture picture = image::Picture::blank(width, height);
    std::ranges::copy(name, picture.pixels.begin());  // no two alike
    image::write_png(at("data") / (name + ".png"), picture);
    std::ofstream(at("data") / (name + ".txt")) << caption;
  }

  Recipe recipe(Kind kind, const std::vector<std::string>& settings) const {
    const std::string text =
        "[run]\nout = \"" + at("run").string() +
        "\"\nsteps = 2\nsave_every = 0\ndevice = \"cpu\"\nthreads = 1\n[model]\npath = \"" +
        test::golden_model_folder().string() + "\"\n[[data]]\npath = \"" + at("data").string() +
        "\"\n[pictures]\nresolution = 96\nsmallest = 32\n[schedule]\nwarmup = 0\n";
    return read_recipe(text, "test.toml", kind, settings);
  }

  static Resolutions resolutions_of(const Recipe& recipe) {
    Resolutions examples{open_data(recipe).examples};
    if (recipe.pictures.late_resolution > 0) examples.push_back(examples.front());
    return examples;
  }

  /// What the allocator gave a whole run.
  static MemoryReport measured(const Recipe& recipe, const Device& device) {
    device.allocator().reset_peaks();
    DiffusionObjective objective(recipe, resolutions_of(recipe), device);
    Trainer(objective, recipe, {}).run();
    return device.allocator().report();
  }

  /// Every part of a run, and the sum.
  static void compare(const Case& run, const Recipe& recipe, const Device& device) {
    constexpr double kShare = 0.01;
    const MemoryReport plan = plan_memory(recipe, resolutions_of(recipe), device).report;
    const MemoryReport real = measured(recipe, device);
    const auto expect = [&](const std::string& name, uint64_t planned, uint64_t found) {
      fmt::print("training memory: {}, {}, {}: planned {}, found {}\n", device.name(), run.name,
                 name, planned, found);
      EXPECT_NEAR(static_cast<double>(planned), static_cast<double>(found),
                  kShare * static_cast<double>(found))
          << name;
    };
    for (size_t c = 0; c < kComponents; ++c) {
      for (size_t u = 0; u < kMemoryUses; ++u) {
        const auto component = static_cast<Component>(c);
        const auto use = static_cast<MemoryUse>(u);
        expect(fmt::format("{} {}", name_of(component), name_of(use)), plan.of(component, use).peak,
               real.of(component, use).peak);
      }
    }
    expect("at once", plan.total.peak, real.total.peak);
  }

  test::TemporaryFolder folder_;
};

TEST_P(TrainingMemory, IsWhatTheAllocatorGives) {
  compare(GetParam(), recipe(GetParam().kind, GetParam().settings), Device::cpu(1));
}

TEST_P(TrainingMemory, IsWhatTheAllocatorGivesOnDevices) {
  for (const Device& device : test::accelerators()) {
    compare(GetParam(), recipe(GetParam().kind, GetParam().settings), device);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Runs, TrainingMemory,
    ::testing::Values(
        Case{"lora", Kind::lora, {"run.batch=2"}},
        Case{"lora, all kept", Kind::lora, {"run.batch=2", "run.recompute=false"}},
        Case{"lokr, accumulating",
             Kind::lora,
             {"adapter.kind=lokr", "adapter.dropout=0.1", "run.accumulate=2"}},
        Case{"full, averaged", Kind::full, {"run.batch=2", "average.decay=0.9"}},
        Case{"full, muon, fresh, bf16",
             Kind::full,
             {"run.steps=8", "run.batch=2", "run.accumulate=2", "run.dtype=bf16",
              "optimizer.kind=muon", "model.fresh=['transformer']", "average.decay=0.9"}},
        Case{"full, towers learn",
             Kind::full,
             {"model.train=['transformer', 'text_encoder', 'clip_model']", "captions.dropout=0"}},
        Case{"full, samples",
             Kind::full,
             {"average.decay=0.9", "samples.every=1", "samples.steps=3",
              "samples.prompts=['1girl', 'rain']"}},
        Case{"full, two resolutions",
             Kind::full,
             {"run.steps=4", "run.batch=2", "pictures.late_resolution=128",
              "pictures.late_from=0.25"}}));

/// Captions of many lengths that never end: the plan takes long ones for all of a batch.
TEST_F(TrainingMemory, OfDrawnPicturesIsEnoughAndNotMuchMore) {
  const Recipe recipe = this->recipe(
      Kind::full, {"run.batch=4", "data.kind=world", "data.path=", "data.count=12",
                   "pictures.buckets=world", "segmentation.weight=0.1", "captions.dropout=0"});
  const uint64_t planned = plan_memory(recipe, resolutions_of(recipe), Device::cpu(1)).needed;
  const uint64_t found = measured(recipe, Device::cpu(1)).total.peak;
  fmt::print("training memory: drawn, at once: planned {}, found {}\n", planned, found);
  EXPECT_GE(planned, found);
  EXPECT_LE(static_cast<double>(planned), 1.1 * static_cast<double>(found));
}

/// What lies there for the whole run grows with the data, though one batch is rehearsed.
TEST_F(TrainingMemory, GrowsWithWhatIsKept) {
  const Recipe recipe = this->recipe(Kind::lora, {});
  const auto kept = [&] {
    const MemoryReport report = plan_memory(recipe, resolutions_of(recipe), Device::cpu(1)).report;
    return std::pair(report.of(Component::vae, MemoryUse::weights).peak,
                     report.of(Component::encoder, MemoryUse::activations).peak);
  };
  const auto few = kept();
  for (int i = 0; i < 40; ++i) {
    write_picture("more" + std::to_string(i), 96, 128, fmt::format("1girl, solo, hat, {}", i));
  }
  const auto many = kept();
  EXPECT_GT(many.first, few.first);
  EXPECT_GT(many.second, few.second);
}

TEST_F(TrainingMemory, IsToldBeforeAnythingIsLoaded) {
  std::vector<std::string> told;
  RunEvents events;
  events.preparing = [&](const std::string& stage, int64_t, int64_t) {
    if (told.empty() || told.back() != stage) told.push_back(stage);
  };
  uint64_t needed = 0;
  events.plan = [&](const MemoryPlan& plan) {
    told.emplace_back("plan");
    needed = plan.needed;
    EXPECT_TRUE(plan.fits());
  };
  run_recipe(recipe(Kind::lora, {"run.steps=1"}), {}, events);
  ASSERT_GE(told.size(), 3u);
  EXPECT_EQ(told[0], "check pictures");
  EXPECT_EQ(told[1], "plan");
  EXPECT_EQ(told[2], "load VAE");
  EXPECT_GT(needed, 0u);
}

TEST_F(TrainingMemory, ShortageNamesTheKeysThatHelp) {
  const Recipe large = recipe(Kind::lora, {"run.batch=4", "run.recompute=false"});
  MemoryPlan plan;
  plan.kind = DeviceKind::cuda;
  plan.needed = uint64_t{40} << 30;
  require_memory(plan, large);  // nobody knows what can be had
  plan.available = uint64_t{40} << 30;
  require_memory(plan, large);
  plan.available = uint64_t{24} << 30;
  try {
    require_memory(plan, large);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "memory.too_small");
    EXPECT_STREQ(error.what(),
                 "batches of 4 at 96 pixels need 40.0 GiB on the device, 24.0 GiB can be had");
    for (const char* key : {"run.recompute", "run.batch", "pictures.resolution"}) {
      EXPECT_NE(error.hint_text().find(key), std::string::npos) << key;
    }
  }
}

}  // namespace
}  // namespace newbie::train
