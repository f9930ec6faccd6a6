// Whole runs of tiny models: a picture is learnt, every piece of a run fits the next, and the first
// losses are what they were.

#include <gmock/gmock.h>

#include <fstream>

#include "adapters/read.h"
#include "image/png.h"
#include "io/weight_set.h"
#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/next_dit/names.h"
#include "support.h"
#include "support/golden_folder.h"
#include "train/model/fresh.h"
#include "train/recipe/read.h"
#include "train/run.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// Two halves of two colours, with a caption.
void write_picture(const fs::path& folder, const std::string& name, int shade) {
  fs::create_directories(folder);
  image::Picture picture = image::Picture::blank(64, 64);
  for (int64_t y = 0; y < 64; ++y) {
    for (int64_t x = 0; x < 64; ++x) {
      uint8_t* pixel = picture.row(y) + 3 * x;
      pixel[0] = x < 32 ? 220 : static_cast<uint8_t>(shade);
      pixel[1] = static_cast<uint8_t>(y * 3);
      pixel[2] = x < 32 ? 40 : 200;
    }
  }
  image::write_png(folder / (name + ".png"), picture);
  std::ofstream(folder / (name + ".txt")) << "1girl, solo, blue_hair";
}

class EndToEnd : public ::testing::Test {
 protected:
  EndToEnd() { write_picture(at("data"), "a", 60); }

  fs::path at(const std::string& name) const { return folder_.path() / name; }

  /// A recipe of seconds on the golden set's tiny model, with `more` TOML behind it.
  Recipe recipe(Kind kind, const std::string& out, const std::string& more) const {
    const std::string text =
        "[run]\nout = \"" + at(out).string() + "\"\nsave_every = 0\ndevice = \"cpu\"\n" +
        "threads = 1\n[model]\npath = \"" + test::golden_model_folder().string() +
        "\"\n[[data]]\npath = \"" + at("data").string() +
        "\"\n[pictures]\nresolution = 64\nsmallest = 32\nbuckets = \"none\"\n" + more;
    return read_recipe(text, "test.toml", kind, settings_);
  }

  std::vector<StepMetrics> train(const Recipe& recipe, RunEnd* end = nullptr,
                                 int64_t stop_after = -1) {
    std::vector<StepMetrics> metrics;
    TrainerOptions options;
    const CancelToken stop = options.stop;
    RunEvents events;
    events.trainer.step = [&](const StepMetrics& step, int64_t) {
      metrics.push_back(step);
      if (step.step == stop_after) stop.request();
    };
    const RunEnd how = run_recipe(recipe, options, events);
    if (end) *end = how;
    return metrics;
  }

  static double mean_loss(const std::vector<StepMetrics>& metrics, size_t begin, size_t end) {
    double sum = 0;
    for (size_t i = begin; i < end; ++i) sum += metrics[i].loss;
    return sum / static_cast<double>(end - begin);
  }

  std::vector<std::string> settings_;
  test::TemporaryFolder folder_;
};

TEST_F(EndToEnd, AFreshTransformerLearnsOnePicture) {
  settings_ = {"run.steps=60",
               "run.batch=4",
               "model.fresh=['transformer']",
               "schedule.kind=cosine",
               "schedule.warmup=5",
               "optimizer.kind=muon",
               "optimizer.learning_rate=0.005",
               "optimizer.muon_learning_rate=0.02",
               "captions.dropout=0",
               "time.shift=off",
               "average.decay=0.9",
               "data.repeats=4"};
  const auto metrics = train(recipe(Kind::full, "run", ""));
  ASSERT_EQ(metrics.size(), 60u);
  // A fresh network answers zero: the loss starts at the mean square of picture minus noise.
  EXPECT_GT(metrics.front().loss, 0.95);
  EXPECT_LT(mean_loss(metrics, 50, 60), 0.3 * mean_loss(metrics, 0, 5));
  // What was learnt is a model folder that opens like any other.
  const ModelFolder result = find_model(at("run") / "result");
  EXPECT_EQ(pipeline::transformer_config(result).dim, 96);
  const auto weights = io::WeightSet::open(result.transformer, next_dit::weight_set_options({}));
  EXPECT_TRUE(weights->has("norm_final.weight"));
  EXPECT_TRUE(weights->has("layers.2.feed_forward.w3.weight"));
  const Device device = Device::cpu(2);
  pipeline::load_transformer(result, {.device = device});
  pipeline::load_text_encoder(result, {.device = device});
}

TEST_F(EndToEnd, AnAdapterLearnsAndCanBeReadBack) {
  settings_ = {"run.steps=30",
               "run.batch=2",
               "adapter.rank=4",
               "adapter.alpha=4",
               "optimizer.learning_rate=0.01",
               "schedule.kind=constant",
               "data.repeats=2",
               "time.shift=off",
               "time.stratified=true"};
  const auto metrics = train(recipe(Kind::lora, "run", ""));
  ASSERT_EQ(metrics.size(), 30u);
  EXPECT_LT(mean_loss(metrics, 20, 30), 0.8 * mean_loss(metrics, 0, 5));
  const auto adapter = adapters::read_adapter(at("run") / "result/adapter.safetensors", nullptr);
  EXPECT_EQ(adapter->modules.size(), 3 * 7u + 2);
  EXPECT_EQ(adapter->modules.front().rank, 4);
  EXPECT_DOUBLE_EQ(adapter->modules.front().alpha, 4);
  EXPECT_TRUE(fs::exists(at("run") / "result/peft/adapter_config.json"));
  // A second run over the same pictures finds latents and captions in the cache.
  settings_.push_back("pictures.cache_folder=" + (at("run") / "cache").string());
  fs::remove(at("data") / "unrelated");
  const auto again = train(recipe(Kind::lora, "again", ""));
  EXPECT_EQ(again.back().loss, metrics.back().loss);
}

TEST_F(EndToEnd, StoppedAndResumedItIsTheSameRun) {
  write_picture(at("data"), "b", 120);
  for (const char* kind : {"lora", "full"}) {
    settings_ = {"run.steps=6", "schedule.warmup=0", "run.batch=1", "run.accumulate=2",
                 "optimizer.learning_rate=0.01"};
    if (std::string(kind) == "full") {
      settings_.push_back("model.train=['transformer', 'text_encoder', 'clip_model']");
      settings_.push_back("captions.dropout=0.3");
    } else {
      settings_.push_back("adapter.dropout=0.25");
    }
    const auto name = [&](const char* what) { return std::string(kind) + what; };
    const auto whole = train(recipe(kind_named(kind), name("whole"), ""));
    RunEnd end{};
    train(recipe(kind_named(kind), name("cut"), ""), &end, 2);
    EXPECT_EQ(end, RunEnd::stopped);
    const auto rest = train(recipe(kind_named(kind), name("cut"), ""), &end);
    EXPECT_EQ(end, RunEnd::finished);
    ASSERT_EQ(rest.size(), 4u);
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(rest[i].loss, whole[i + 2].loss) << kind;
    for (const char* file : {"parameters.safetensors", "optimizer.safetensors"}) {
      EXPECT_TRUE(read_file(at(name("whole")) / "states/step-00000006" / file) ==
                  read_file(at(name("cut")) / "states/step-00000006" / file))
          << kind << " " << file;
    }
  }
}

TEST_F(EndToEnd, AVaeLearnsToKeepPictures) {
  write_picture(at("data"), "b", 120);
  settings_ = {"run.steps=25", "run.batch=2", "model.fresh=['vae']", "samples.every=25",
               "schedule.warmup=3"};
  const auto metrics = train(recipe(Kind::vae, "run", ""));
  ASSERT_EQ(metrics.size(), 25u);
  EXPECT_LT(mean_loss(metrics, 20, 25), 0.6 * mean_loss(metrics, 0, 3));
  EXPECT_TRUE(fs::exists(at("run") / "samples/step-00000025.png"));
  ModelFolder result;
  result.layout = "diffusers";
  result.vae = at("run") / "result/vae";
  const flux_vae::Config config = pipeline::vae_config(result);
  EXPECT_NE(config.scaling_factor, 0.3611) << "measured on the run's own latents";
  pipeline::load_vae(result, {.device = Device::cpu(2)}, {});
}

TEST_F(EndToEnd, ADecoderLearnsAloneAndLatentsStayWhatTheyWere) {
  settings_ = {"run.steps=2", "schedule.warmup=0", "vae.train=decoder", "model.fresh=[]"};
  train(recipe(Kind::vae, "run", ""));
  settings_.back() = "model.fresh=['vae']";
  EXPECT_EQ(code_of([&] { recipe(Kind::vae, "random", ""); }), "recipe.contradiction");
  const fs::path before = find_model(test::golden_model_folder()).vae,
                 after = at("run") / "result/vae";
  ModelFolder result;
  result.layout = "diffusers";
  result.vae = after;
  const flux_vae::Config config = pipeline::vae_config(result);
  EXPECT_EQ(config.scaling_factor, 0.3611) << "that of the model it began with";
  const auto options = flux_vae::weight_set_options(config);
  const auto was = io::WeightSet::open(before, options), is = io::WeightSet::open(after, options);
  int moved = 0;
  for (const std::string& name : is->names()) {
    const bool same =
        was->tensor(name, Device::cpu()).to_floats() == is->tensor(name, Device::cpu()).to_floats();
    if (name.starts_with("encoder.") || name.starts_with("quant_conv.")) {
      EXPECT_TRUE(same) << name;
    }
    moved += same ? 0 : 1;
  }
  EXPECT_GT(moved, 10);
}

TEST_F(EndToEnd, TheWorldTeachesWithLabels) {
  settings_ = {"run.steps=3",
               "schedule.warmup=0",
               "run.batch=2",
               "model.fresh=['transformer']",
               "segmentation.weight=0.1",
               "data.kind=world",
               "data.count=4",
               "data.path=",
               "pictures.buckets=world",
               "pictures.resolution=96",
               "samples.every=3",
               "samples.steps=2",
               "samples.prompts=['1girl']"};
  const auto metrics = train(recipe(Kind::full, "run", ""));
  ASSERT_EQ(metrics.size(), 3u);
  ASSERT_EQ(metrics[0].parts.size(), 2u);
  EXPECT_EQ(metrics[0].parts[1].first, "segmentation");
  EXPECT_NEAR(metrics[0].parts[1].second, std::log(13.0), 1.5);
  EXPECT_TRUE(fs::exists(at("run") / "samples/step-00000003.png"));
  const auto weights = io::WeightSet::open(find_model(at("run") / "result").transformer,
                                           next_dit::weight_set_options({}));
  for (const std::string& tensor : weights->names()) {
    EXPECT_EQ(tensor.find("segmentation"), std::string::npos) << "the head stays behind";
  }
}

TEST_F(EndToEnd, TheWorldIsTheSameForAnyReadersAndInterruptions) {
  // Over several epochs, with captions sorted and a second resolution towards the end.
  const std::vector<std::string> common{"run.steps=8",
                                        "schedule.warmup=0",
                                        "run.batch=3",
                                        "model.train=['transformer', 'text_encoder']",
                                        "model.fresh=['transformer']",
                                        "segmentation.weight=0.1",
                                        "captions.sorted_batches=2",
                                        "data.kind=world",
                                        "data.count=11",
                                        "data.path=",
                                        "pictures.buckets=world",
                                        "pictures.resolution=96",
                                        "pictures.late_resolution=128",
                                        "pictures.late_from=0.5",
                                        "average.decay=0"};
  settings_ = common;
  const auto whole = train(recipe(Kind::full, "whole", ""));
  ASSERT_EQ(whole.size(), 8u);
  const auto parameters = [&](const char* run) {
    return read_file(at(run) / "states/step-00000008/parameters.safetensors");
  };
  settings_.push_back("run.readers=5");
  EXPECT_EQ(train(recipe(Kind::full, "many", "")).back().loss, whole.back().loss);
  EXPECT_TRUE(parameters("many") == parameters("whole"));
  for (const int64_t stop : {2, 5}) train(recipe(Kind::full, "cut", ""), nullptr, stop);
  train(recipe(Kind::full, "cut", ""));
  EXPECT_TRUE(parameters("cut") == parameters("whole"));
}

/// The first losses of a recipe, which change only with what is computed or drawn.
void expect_losses(const std::vector<StepMetrics>& metrics, const std::vector<double>& pinned) {
  ASSERT_EQ(metrics.size(), pinned.size());
  for (size_t i = 0; i < pinned.size(); ++i) {
    EXPECT_NEAR(metrics[i].loss, pinned[i], 1e-3 * pinned[i]) << "step " << i + 1;
  }
}

TEST_F(EndToEnd, FirstLossesAreWhatTheyWere) {
  const std::vector<std::string> common{"run.steps=4", "run.batch=2", "data.repeats=2",
                                        "schedule.warmup=0", "optimizer.learning_rate=0.003"};
  settings_ = common;
  expect_losses(train(recipe(Kind::lora, "lora", "")), {1.95729, 1.87989, 1.89305, 1.84424});
  settings_.push_back("model.fresh=['transformer']");
  expect_losses(train(recipe(Kind::full, "full", "")), {1.02525, 1.02980, 0.99193, 0.92310});
  settings_ = common;
  expect_losses(train(recipe(Kind::vae, "vae", "")), {1.08246, 0.87005, 0.70771, 0.55406});
}

/// Tensors of a written part that are what training started them with.
std::vector<std::string> unmoved(const std::string& network, const fs::path& part,
                                 const std::vector<io::TensorSpec>& expected,
                                 const io::WeightSetOptions& options, uint64_t seed) {
  const auto weights = io::WeightSet::open(part, options);
  std::vector<std::string> names;
  for (const io::TensorSpec& spec : expected) {
    const Tensor start = starting_value(network, spec.name, spec.shape, seed);
    if (weights->tensor(spec.name, Device::cpu()).to_floats() == start.to_floats()) {
      names.push_back(spec.name);
    }
  }
  return names;
}

TEST_F(EndToEnd, NothingThatIsHeardStaysAsItStarted) {
  settings_ = {"run.steps=4",
               "run.batch=2",
               "schedule.warmup=0",
               "captions.dropout=0",
               "model.train=['transformer','text_encoder','clip_model']",
               "model.fresh=['transformer','text_encoder','clip_model']"};
  train(recipe(Kind::full, "run", ""));
  const ModelFolder result = find_model(at("run") / "result");
  const auto seed = static_cast<uint64_t>(RunSection().seed);
  const auto dit = next_dit::read_config(io::Config::open(result.transformer / "config.json"));
  EXPECT_THAT(unmoved("next_dit", result.transformer, next_dit::expected_tensors(dit),
                      next_dit::weight_set_options(dit), seed),
              testing::IsEmpty());
  const auto jina = jina_clip::read_config(io::Config::open(result.clip_model / "config.json"));
  EXPECT_THAT(unmoved("jina_clip", result.clip_model, jina_clip::expected_tensors(jina),
                      jina_clip::weight_set_options(jina), seed),
              testing::IsEmpty());
  // The last layer and the norm behind it are there for others: hidden_states[-2] is read.
  const auto gemma = gemma3::read_config(io::Config::open(result.text_encoder / "config.json"));
  const std::string last = fmt::format("layers.{}.", gemma.num_hidden_layers - 1);
  EXPECT_THAT(unmoved("gemma3", result.text_encoder, gemma3::expected_tensors(gemma),
                      gemma3::weight_set_options(gemma), seed),
              testing::Each(testing::AnyOf(testing::StartsWith(last), "norm.weight")));
}

/// Captions of files could be read once for all, those of the world never end.
TEST_F(EndToEnd, FilesAndTheWorldTeachTogether) {
  const Recipe both = recipe(Kind::lora, "both",
                             "[[data]]\nkind = \"world\"\ncount = 2\n"
                             "[adapter]\nrank = 2\n");
  Recipe four = both;
  four.run.steps = 4;
  const auto metrics = train(four);
  ASSERT_EQ(metrics.size(), 4u);
  EXPECT_TRUE(fs::exists(at("both") / "result/adapter.safetensors"));
}

TEST_F(EndToEnd, RefusesBadDataBeforeAnythingIsLoaded) {
  std::ofstream(at("data") / "broken.png") << "nothing";
  EXPECT_EQ(code_of([&] { train(recipe(Kind::lora, "run", "")); }), "data.rejected");
}

}  // namespace
}  // namespace newbie::train
