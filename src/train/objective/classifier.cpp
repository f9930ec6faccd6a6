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
#include "ops/transfer.h"
#include "tensor/gradient.h"
#include "train/data/random.h"
#include "train/model/fresh.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

/// Pictures beyond the training set, which tell how good the classifier is.
constexpr uint64_t kHeldOut = 512;
/// The strongest noise that is laid over pictures in training, of values in [-1,1].
constexpr double kMostNoise = 0.12;
/// Every so many passes see pictures at half their resolution.
constexpr int64_t kSoftEvery = 3;

std::vector<int64_t> widths_of(const std::vector<eval::Question>& questions) {
  std::vector<int64_t> widths;
  for (const eval::Question& question : questions) widths.push_back(question.values);
  return widths;
}

/// The sum of all questions' losses.
Tensor loss_of(const Tensor& logits, const std::vector<std::vector<int32_t>>& answers) {
  const std::vector<Tensor> columns = ops::split_columns(logits, widths_of(eval::questions()));
  std::vector<std::pair<float, Tensor>> terms;
  for (size_t question = 0; question < columns.size(); ++question) {
    std::vector<int32_t> labels;
    for (const auto& answer : answers) labels.push_back(answer[question]);
    terms.emplace_back(1.0f, ops::cross_entropy(ops::cast(columns[question], DType::f32), labels));
  }
  return ops::combine(terms);
}

}  // namespace

ClassifierObjective::ClassifierObjective(const Recipe& recipe, const Device& device, DType compute)
    : recipe_(recipe),
      device_(device),
      compute_(compute),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      sampler_(static_cast<uint64_t>(recipe.data.front().seed)) {
  if (recipe.data.size() != 1 || recipe.data.front().kind != "world") {
    throw Error("recipe.contradiction",
                "a classifier learns what the world shows, and only one [[data]] of kind world "
                "knows it");
  }
  const auto config =
      eval::read_classifier_config(io::Config::open(fs::path(recipe.model.path) / "config.json"));
  nn::WeightUse use{.device = device, .compute = compute};
  use.live = true;
  const auto start = [seed = seed_](const std::string& path, const Shape& shape) {
    return starting_value("classifier", path, shape, seed);
  };
  weights_ = std::make_unique<LearnedPart>("classifier", "classifier", use, start, parameters_);
  classifier_.emplace(config, nn::WeightScope(*weights_, use));
}

world::Sample ClassifierObjective::drawn(uint64_t index) const {
  const int64_t side = classifier_->config().size;
  return sampler_.draw(index, {side, side});
}

Tensor ClassifierObjective::pictures_of(const std::vector<world::Sample>& samples,
                                        uint32_t number) const {
  const int64_t side = classifier_->config().size;
  const auto count = static_cast<int64_t>(samples.size());
  std::vector<float> planes;
  for (const world::Sample& sample : samples) {
    const auto one = image::to_planes(sample.rendering.picture);
    planes.insert(planes.end(), one.begin(), one.end());
  }
  Tensor pictures = Tensor::from(planes, {count, 3, side, side}, device_);
  if (number % kSoftEvery == 0) {
    pictures = ops::to_channels_first(
        ops::upsample_nearest_2x(ops::average_2x2(ops::to_channels_last(pictures))));
  }
  const float level = random_uniform(seed_, Purpose::latent_level, number, 1).front() *
                      static_cast<float>(kMostNoise);
  const Tensor noise =
      random_normal(seed_, Purpose::noise, number, {count, 3, side, side}, device_);
  return ops::cast(ops::combine({{1.0f, pictures}, {level, noise}}), compute_);
}

Losses ClassifierObjective::pass(const Pass& pass) {
  const auto count = static_cast<uint64_t>(recipe_.data.front().count);
  const auto batch = static_cast<uint64_t>(recipe_.run.batch);
  std::vector<world::Sample> samples(batch);
  parallel_for(hardware_threads(), recipe_.run.batch, [&](int64_t i) {
    const uint64_t position = static_cast<uint64_t>(pass.number) * batch + static_cast<uint64_t>(i);
    samples[static_cast<size_t>(i)] = drawn(position % count);
  });
  std::vector<std::vector<int32_t>> answers;
  for (const world::Sample& sample : samples) answers.push_back(eval::answers(sample.scene));
  const Tensor pictures = pictures_of(samples, static_cast<uint32_t>(pass.number));
  const Tensor loss = loss_of((*classifier_)(pictures).logits, answers);
  Losses losses;
  losses.total = static_cast<double>(loss.detached().to_floats().front());
  losses.parts.emplace_back("answers", losses.total);
  grad::backward(loss);
  for (uint64_t i = 0; i < batch; ++i) {
    losses.pictures.push_back(
        fmt::format("world {}", (static_cast<uint64_t>(pass.number) * batch + i) % count));
  }
  return losses;
}

eval::BindingReport ClassifierObjective::held_out() const {
  const eval::Judge judge(*classifier_, device_);
  const auto first = static_cast<uint64_t>(recipe_.data.front().count);
  std::vector<eval::JudgedPicture> judged;
  for (uint64_t i = 0; i < kHeldOut; ++i) {
    const world::Sample sample = drawn(first + i);
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
  return fmt::format("world {} of {}", data.seed, data.count);
}

}  // namespace newbie::train
