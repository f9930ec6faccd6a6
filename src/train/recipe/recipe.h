#pragma once
/// What a training run is told: every key described once. The TOML reader, the template, the
/// reference page and `--set` are derived from the descriptions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/targets.h"

namespace newbie::train {

/// What is trained: a small addition to a transformer, whole networks, a VAE, or the classifier
/// that judges pictures.
enum class Kind : uint8_t { lora, full, vae, classifier };
inline constexpr std::array kKinds{Kind::lora, Kind::full, Kind::vae, Kind::classifier};

std::string_view name_of(Kind kind);
/// Error: `recipe.value` naming the kinds.
Kind kind_named(std::string_view name);

/// Bits of the kinds that a section means something to.
enum Kinds : uint8_t {
  kLora = 1,
  kFull = 2,
  kVae = 4,
  kClassifier = 8,
  kDiffusion = kLora | kFull,
  kEvery = 15
};
inline bool concerns(uint8_t kinds, Kind kind) { return kinds >> static_cast<int>(kind) & 1; }

/// [run]: how long, how much at once, where, and what is kept.
struct RunSection {
  std::string out;
  int64_t steps = 1000;
  int64_t batch = 1;
  int64_t accumulate = 1;
  int64_t seed = 42;
  std::string device = "auto";
  int64_t threads = 0;
  int64_t readers = 0;
  std::string dtype = "auto";
  bool recompute = true;
  int64_t save_every = 500;
  int64_t keep = 2;
  int64_t log_every = 10;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [model]: what is started from, and which networks learn.
struct ModelSection {
  std::string path;
  std::string vae;
  std::vector<std::string> train = {"transformer"};
  std::vector<std::string> fresh;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [[data]]: one source of pictures.
struct DataSection {
  std::string kind = "folder";
  std::string path;
  int64_t repeats = 1;
  int64_t count = 10000;
  int64_t seed = 0;
  double weather_share = 0;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [pictures]: the sizes, in pixels, that pictures are cut to.
struct PicturesSection {
  int64_t resolution = 1024;
  std::string buckets = "five";
  int64_t smallest = 256;
  bool cache = true;
  std::string cache_folder;
  int64_t late_resolution = 0;
  double late_from = 0.9;
  double late_share = 0.5;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [captions]: how texts become what the encoders read.
struct CaptionsSection {
  double dropout = 0.1;
  std::string kind = "auto";
  std::string layout = "canonical";
  std::string system_prompt = "auto";
  int64_t max_tokens = 512;
  bool lenient = false;
  int64_t sorted_batches = 1;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [optimizer]: how gradients become steps.
struct OptimizerSection {
  std::string kind = "adamw";
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
  double clip = 1.0;
  double embedding_factor = 1.0;
  double muon_learning_rate = 3e-3;
  double muon_momentum = 0.95;
  double muon_weight_decay = 0.01;
  int64_t muon_iterations = 5;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [schedule]: the learning rate over the run.
struct ScheduleSection {
  std::string kind = "cosine";
  int64_t warmup = 0;
  double floor = 0.0;
  double decay_from = 0.55;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [time]: how noise levels are drawn.
struct TimeSection {
  std::string sampling = "lognorm";
  double mean = 0.0;
  double deviation = 1.0;
  bool stratified = false;
  double uniform_share = 0.0;
  std::string shift = "resolution";
  double shift_factor = 1.0;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [average]: the moving average of the weights.
struct AverageSection {
  double decay = 0.0;
  double later_decay = 0.0;
  double later_from = 0.5;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [adapter]: the addition that `lora` learns.
struct AdapterSection {
  std::string kind = "lora";
  int64_t rank = 16;
  double alpha = 16;
  int64_t factor = 8;
  double dropout = 0;
  std::vector<std::string> targets = adapters::default_targets();

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [vae]: weights of an autoencoder's losses.
struct VaeSection {
  double l1 = 1.0;
  double l2 = 0.5;
  double gradient = 0.5;
  double pooled = 0.25;
  double kl = 5e-3;
  double latent_noise = 0.2;
  std::string train = "both";

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [segmentation]: the helping loss of a transformer.
struct SegmentationSection {
  double weight = 0.0;
  double final_weight = 0.0;
  int64_t layer = -1;
  int64_t classes = 13;
  int64_t cells = 2;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// [samples]: what is drawn while the run goes.
struct SamplesSection {
  int64_t every = 0;
  std::vector<std::string> prompts;
  std::string negative;
  int64_t width = 0;
  int64_t height = 0;
  int64_t steps = 20;
  double guidance_scale = 4.5;
  double shift = 6.0;
  int64_t seed = 0;

  template <class Visitor>
  void describe(Visitor&& v);
};

/// A section's place in the file.
struct SectionInfo {
  const char* name;      ///< "optimizer"
  const char* sentence;  ///< what it decides
  uint8_t kinds;         ///< of Kinds
  bool list = false;     ///< [[name]]: may stand several times
};

/// Every section, whether or not it means something to `kind`.
struct Recipe {
  Kind kind = Kind::lora;
  RunSection run;
  ModelSection model;
  std::vector<DataSection> data;
  PicturesSection pictures;
  CaptionsSection captions;
  TimeSection time;
  AdapterSection adapter;
  VaeSection vae;
  SegmentationSection segmentation;
  OptimizerSection optimizer;
  ScheduleSection schedule;
  AverageSection average;
  SamplesSection samples;

  /// v(SectionInfo, section) for every section; `data` comes as its vector.
  template <class Visitor>
  void describe(Visitor&& v);
};

/// The recipe of `newbie train init KIND`: upstream's trainers' settings where they have some.
Recipe default_recipe(Kind kind);

}  // namespace newbie::train

#include "train/recipe/describe.h"
