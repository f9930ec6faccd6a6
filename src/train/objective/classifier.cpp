#include "train/objective/classifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/parallel.h"
#include "eval/report.h"
#include "grad/backward.h"
#include "io/safetensors_writer.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "ops/training.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"
#include "train/data/random.h"
#include "train/data/source.h"
#include "train/model/fresh.h"
#include "train/model/networks.h"
#include "train/objective/latents.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// Pictures beyond the training set, which tell how good the classifier is.
constexpr uint64_t kHeldOut = 512;
/// The strongest noise that is laid over pictures in training, of values in [-1,1].
constexpr float kMostNoise = 0.12f;
/// Every so many passes see pictures at half their resolution.
constexpr int64_t kSoftEvery = 3;

std::vector<int64_t> widths_of(const std::vector<eval::Question>& questions) {
  std::vector<int64_t> widths;
  for (const eval::Question& question : questions) widths.push_back(question.values);
  return widths;
}

/// The sum of all questions' losses. `answers` of each picture.
Tensor loss_of(const Tensor& logits, const std::vector<const std::vector<int32_t>*>& answers) {
  const std::vector<Tensor> columns = ops::split_columns(logits, widths_of(eval::questions()));
  std::vector<std::pair<float, Tensor>> terms;
  for (size_t question = 0; question < columns.size(); ++question) {
    std::vector<int32_t> labels;
    for (const auto* each : answers) labels.push_back((*each)[question]);
    terms.emplace_back(1.0f, ops::cross_entropy(ops::cast(columns[question], DType::f32), labels));
  }
  // A device adds up a handful at once.
  constexpr size_t kTogether = 8;
  while (terms.size() > 1) {
    std::vector<std::pair<float, Tensor>> sums;
    for (size_t begin = 0; begin < terms.size(); begin += kTogether) {
      const size_t end = std::min(terms.size(), begin + kTogether);
      sums.emplace_back(1.0f, ops::combine({terms.begin() + static_cast<std::ptrdiff_t>(begin),
                                            terms.begin() + static_cast<std::ptrdiff_t>(end)}));
    }
    terms = std::move(sums);
  }
  return terms.front().second;
}

}  // namespace

ClassifierObjective::ClassifierObjective(const Recipe& recipe, const Device& device)
    : recipe_(recipe),
      device_(device),
      compute_(compute_of(recipe.run, device)),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      sampler_(world_sampler(recipe.data.front())),
      kept_(recipe.pictures.cache ? static_cast<size_t>(recipe.data.front().count) : 0),
      ahead_(readers_of(recipe.run, device), 2 * readers_of(recipe.run, device),
             [this](int64_t pass, const CancelToken& cancel) { return prepared(pass, cancel); }) {
  const auto config =
      eval::read_classifier_config(io::Config::open(fs::path(recipe.model.path) / "config.json"));
  nn::WeightUse use{.device = device, .compute = compute_};
  use.live = true;
  const fs::path folder = recipe.model.path;
  std::shared_ptr<nn::WeightProvider> learnt;
  if (fs::exists(folder / "model.safetensors")) learnt = eval::classifier_weights(folder, device);
  const auto start = [learnt, seed = seed_](const std::string& path, const Shape& shape) {
    return learnt ? ops::cast(learnt->take(path, shape), DType::f32)
                  : starting_value("classifier", path, shape, seed);
  };
  weights_ = std::make_unique<LearnedPart>("classifier", "classifier", use, start, parameters_);
  classifier_.emplace(config, nn::WeightScope(*weights_, use));
}

world::Sample ClassifierObjective::drawn(uint64_t index) const {
  const int64_t side = classifier_->config().size;
  return sampler_.draw(index, {side, side});
}

ClassifierObjective::Shown ClassifierObjective::shown(int64_t index) {
  const auto at = static_cast<size_t>(index);
  if (!kept_.empty()) {
    const std::scoped_lock lock(mutex_);
    if (kept_[at]) return kept_[at];
  }
  world::Sample sample = drawn(static_cast<uint64_t>(index));
  auto made = std::make_shared<const Example>(
      Example{std::move(sample.rendering.picture), eval::answers(sample.scene)});
  if (kept_.empty()) return made;
  const std::scoped_lock lock(mutex_);
  return kept_[at] = std::move(made);
}

ClassifierObjective::Prepared ClassifierObjective::prepared(int64_t pass,
                                                            const CancelToken& cancel) {
  Prepared made;
  for (int64_t i = 0; i < recipe_.run.batch; ++i) {
    cancel.throw_if_requested();
    const int64_t index = (pass * recipe_.run.batch + i) % recipe_.data.front().count;
    made.examples.push_back(shown(index));
    const std::vector<uint8_t>& pixels = made.examples.back()->picture.pixels;
    if (i == 0) made.pixels.reserve(static_cast<size_t>(recipe_.run.batch) * pixels.size());
    made.pixels.insert(made.pixels.end(), pixels.begin(), pixels.end());
    made.names.push_back(fmt::format("world {}", index));
  }
  return made;
}

Tensor ClassifierObjective::pictures_of(const Prepared& batch, uint32_t number) const {
  const int64_t side = classifier_->config().size;
  const auto count = static_cast<int64_t>(batch.examples.size());
  Tensor pictures = picture_tensor(batch.pixels, {count, side, side, 3}, device_);
  if (number % kSoftEvery == 0) {
    pictures = ops::to_channels_first(
        ops::upsample_nearest_2x(ops::average_2x2(ops::to_channels_last(pictures))));
  }
  auto levels = random_uniform(seed_, Purpose::latent_level, number, batch.examples.size());
  for (float& level : levels) level *= kMostNoise;
  const Tensor noise = random_normal(seed_, Purpose::noise, number, pictures.shape(), device_);
  const std::vector<float> whole(levels.size(), 1.0f);
  return ops::cast(ops::blend_rows(pictures, whole, noise, levels), compute_);
}

Losses ClassifierObjective::pass(const Pass& pass) {
  const Prepared batch = ahead_.take(pass.number);
  std::vector<const std::vector<int32_t>*> answers;
  for (const Shown& example : batch.examples) answers.push_back(&example->answers);
  const Tensor pictures = pictures_of(batch, static_cast<uint32_t>(pass.number));
  const Tensor loss = loss_of((*classifier_)(pictures).logits, answers);
  Losses losses{.total = loss.detached(), .parts = {}, .pictures = batch.names};
  losses.parts.emplace_back("answers", losses.total);
  grad::backward(loss);
  return losses;
}

eval::BindingReport ClassifierObjective::held_out() const {
  const eval::Judge judge(*classifier_, device_);
  const auto first = static_cast<uint64_t>(recipe_.data.front().count);
  std::vector<world::Sample> samples(kHeldOut);
  parallel_for(hardware_threads(), static_cast<int64_t>(kHeldOut), [&](int64_t i) {
    samples[static_cast<size_t>(i)] = drawn(first + static_cast<uint64_t>(i));
  });
  std::vector<eval::JudgedPicture> judged;
  for (const world::Sample& sample : samples) {
    judged.push_back({sample.scene, judge(sample.rendering.picture).scene});
  }
  return eval::judge(judged);
}

fs::path ClassifierObjective::write_result(const fs::path& folder) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  write_file(folder / "config.json", eval::to_json(classifier_->config()));
  std::vector<io::TensorHeader> headers;
  std::map<std::string, Tensor> values;
  for (const Parameter& parameter : parameters_) {
    const std::string name = parameter.name().substr(std::string_view("classifier.").size());
    values[name] = ops::cast(ops::to_host(parameter.exact()), DType::bf16);
    headers.push_back({name, DType::bf16, values[name].shape()});
  }
  io::SafetensorsWriter writer(folder / "model.safetensors", std::move(headers),
                               {{"format", "pt"}});
  for (const io::TensorHeader& header : writer.tensors()) {
    const Tensor& value = values.at(header.name);
    writer.append({value.raw(), value.bytes()});
  }
  writer.commit();
  write_file(folder / "accuracy.json", eval::to_json(held_out()));
  return folder;
}

std::string ClassifierObjective::data_identity() const {
  const DataSection& data = recipe_.data.front();
  return fmt::format("world {} of {}, weather {}", data.seed, data.count, data.weather_share);
}

}  // namespace newbie::train
