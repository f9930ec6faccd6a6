#include "train/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "newbie/byte_size.h"
#include "ops/start.h"
#include "tensor/gradient.h"
#include "tensor/memory_budget.h"
#include "train/objective/diffusion.h"
#include "train/optim/average.h"
#include "train/optim/optimizer.h"

namespace newbie::train {
namespace {

/// Captions that are read at most.
constexpr int64_t kMostCaptions = 4096;
/// Captions that are read at least where they never end: the longest of so many are long.
constexpr int64_t kLeastCaptions = 256;
/// Sample pictures take their memory in the first step; the second one holds what follows from it.
constexpr int64_t kSampleSteps = 2;

/// A caption as it was written, and how long it is for both encoders together.
struct MeasuredCaption {
  std::string text;
  size_t tokens = 0;
};

/// The captions that a plan reads, one for each showing in an epoch; the longest come first.
class Captions {
 public:
  Captions(const Recipe& recipe, const ModelFolder& model, const Dataset& examples)
      : compiler_(recipe.captions),
        most_tokens_(static_cast<size_t>(recipe.captions.max_tokens)),
        gemma_(load_gemma_tokenizer(model)) {
    if (!model.clip_model.empty()) clip_ = load_xlmr_tokenizer(model);
    if (examples.synthetic()) {
      read_drawn(examples,
                 std::max(kLeastCaptions, recipe.run.batch * recipe.captions.sorted_batches));
    } else {
      read_files(examples);
    }
    std::ranges::stable_sort(all_, std::ranges::greater(), &MeasuredCaption::tokens);
  }

  /// The longest; when there are fewer, they begin anew.
  std::vector<std::string> longest(int64_t count) const {
    std::vector<std::string> texts;
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      texts.push_back(all_[i % all_.size()].text);
    }
    return texts;
  }

  /// Tokens of all different captions of the run, over those of the different ones among `texts`.
  double times_as_long(const std::vector<std::string>& texts) const {
    size_t all = 0, some = 0;
    for (const auto& [text, tokens] : tokens_) {
      all += tokens;
      if (std::ranges::find(texts, text) != texts.end()) some += tokens;
    }
    return share_read_ * static_cast<double>(all) / static_cast<double>(some);
  }

 private:
  void read_files(const Dataset& examples) {
    const int64_t stride = (examples.size() + kMostCaptions - 1) / kMostCaptions;
    int64_t read = 0;
    for (int64_t i = 0; i < examples.size(); i += stride, ++read) {
      // Of captions that never end, one.
      for (uint32_t pick = 0; pick < std::max(1u, examples.captions(i)); ++pick) {
        add(examples.caption(i, pick), examples.info(i).repeats);
      }
    }
    share_read_ = static_cast<double>(examples.size()) / static_cast<double>(read);
  }

  void read_drawn(const Dataset& examples, int64_t wanted) {
    const int64_t count = std::min(wanted, kMostCaptions);
    const int64_t stride = std::max<int64_t>(1, examples.size() / count);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t number = i * stride;
      add(examples.caption(number % examples.size(),
                           static_cast<uint32_t>(number / examples.size())),
          1);
    }
  }

  void add(const std::string& text, int64_t showings) {
    const auto [known, fresh] = tokens_.try_emplace(text, 0);
    if (fresh) {
      const CaptionTexts texts = compiler_(text);
      const auto ids =
          pipeline::tokenize(*gemma_, clip_.get(), texts.gemma, texts.clip, most_tokens_);
      known->second = ids.gemma.size() + ids.clip.size();
    }
    all_.insert(all_.end(), static_cast<size_t>(showings), {text, known->second});
  }

  CaptionCompiler compiler_;
  size_t most_tokens_;
  std::unique_ptr<text::Tokenizer> gemma_, clip_;
  std::vector<MeasuredCaption> all_;
  std::unordered_map<std::string, size_t> tokens_;  ///< of the different ones
  double share_read_ = 1;                           ///< examples for each one that was read
};

/// One batch of pictures without content.
class BlankBatch final : public Dataset {
 public:
  BlankBatch(const Dataset& usual, const Bucket& shape, std::vector<std::string> captions)
      : shape_(shape),
        captions_(std::move(captions)),
        synthetic_(usual.synthetic()),
        endless_captions_(has_endless_captions(usual)),
        labelled_(usual.labels(0).has_value()) {}

  int64_t size() const override { return static_cast<int64_t>(captions_.size()); }
  ExampleInfo info(int64_t index) const override {
    return {fmt::format("planned {}", index), shape_.width, shape_.height,
            static_cast<uint64_t>(index), 1};
  }
  image::Picture picture(int64_t) const override {
    return image::Picture::blank(shape_.width, shape_.height);
  }
  std::string caption(int64_t index, uint32_t) const override {
    return captions_[static_cast<size_t>(index)];
  }
  uint32_t captions(int64_t) const override { return endless_captions_ ? 0 : 1; }
  std::optional<LabelMap> labels(int64_t) const override {
    if (!labelled_) return std::nullopt;
    return LabelMap{shape_.width, shape_.height,
                    std::vector<uint8_t>(static_cast<size_t>(shape_.width * shape_.height))};
  }
  bool synthetic() const override { return synthetic_; }

 private:
  Bucket shape_;
  std::vector<std::string> captions_;
  bool synthetic_, endless_captions_, labelled_;
};

/// The largest batch of a resolution.
struct LargestBatch {
  Bucket shape;
  int64_t pictures = 0;

  int64_t pixels() const { return pictures * shape.width * shape.height; }
};

LargestBatch largest_batch(const ArrangedData& data) {
  std::vector<int64_t> showings(data.bucket_count());
  for (int64_t i = 0; i < data.examples().size(); ++i) {
    showings[data.bucket_index(i)] += data.examples().info(i).repeats;
  }
  LargestBatch largest;
  for (size_t bucket = 0; bucket < showings.size(); ++bucket) {
    const LargestBatch batch{data.bucket(bucket), std::min(data.order().batch(), showings[bucket])};
    if (batch.pixels() > largest.pixels()) largest = batch;
  }
  return largest;
}

/// The recipe with every caption read, both resolutions in turn, and nothing kept in files.
Recipe rehearsed(Recipe recipe) {
  recipe.pictures.cache = false;
  recipe.pictures.late_from = 0;
  recipe.pictures.late_share = 0.5;
  recipe.captions.dropout = 0;
  recipe.run.readers = 1;
  recipe.samples.steps = std::min(recipe.samples.steps, kSampleSteps);
  return recipe;
}

/// A run in its order, on a device that only plans.
class Rehearsal {
 public:
  Rehearsal(const Recipe& recipe, const Resolutions& examples, const Device& real,
            const Device& planning)
      : recipe_(rehearsed(recipe)),
        model_(folder_of(recipe.model)),
        examples_(examples),
        real_(real),
        device_(planning) {}

  void operator()() {
    const Tensor scratch = ops::start(device_);
    const Captions captions(recipe_, model_, *examples_.front());
    const Resolutions blank = blank_batches(captions);
    const Tensor latents = other_latents(blank);
    DiffusionObjective objective(recipe_, blank, device_);
    const Tensor features = other_features(captions);
    Optimizer optimizer(recipe_.optimizer, objective.parameters());
    std::optional<WeightAverage> average;
    if (recipe_.average.decay > 0) average.emplace(objective.parameters());
    passes(objective);
    const NoGradient quiet(device_);
    gradient_norm(objective.parameters());
    optimizer(objective.parameters(), {});
    std::vector<Tensor> present;
    if (average) {
      average->update(objective.parameters(), recipe_.average.decay);
      present = exact_copies(objective.parameters());
    }
    if (recipe_.samples.every > 0) objective.samples();
  }

 private:
  Resolutions blank_batches(const Captions& captions) {
    Resolutions blank;
    for (const auto& data : arranged(recipe_, examples_)) {
      const LargestBatch largest = largest_batch(*data);
      // What the usual resolution does not show is not there for the later one.
      if (blank.empty()) shown_ = captions.longest(largest.pictures);
      const auto count = std::min(shown_.size(), static_cast<size_t>(largest.pictures));
      blank.push_back(std::make_shared<BlankBatch>(
          data->examples(), largest.shape,
          std::vector<std::string>(shown_.begin(),
                                   shown_.begin() + static_cast<std::ptrdiff_t>(count))));
    }
    return blank;
  }

  /// The latents of the pictures that are not in the batch, where they lie on the device.
  Tensor other_latents(const Resolutions& blank) {
    const auto options = LatentSource::Options::of(model_, compute_of(recipe_.run, device_));
    const auto all = arranged(recipe_, examples_), rehearsed = arranged(recipe_, blank);
    uint64_t bytes = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const uint64_t whole = LatentSource::bytes_of(*all[i], options);
      const uint64_t part = LatentSource::bytes_of(*rehearsed[i], options);
      if (whole > part && LatentSource::fit(whole, real_)) bytes += whole - part;
    }
    return held(bytes, Component::vae, MemoryUse::weights);
  }

  /// The features of the captions that are not in the batch: those in it have left theirs where the
  /// run keeps them.
  Tensor other_features(const Captions& captions) {
    const auto kept = static_cast<double>(
        device_.allocator().report().of(Component::encoder, MemoryUse::activations).live);
    const double more = kept * std::max(0.0, captions.times_as_long(shown_) - 1);
    return held(static_cast<uint64_t>(more), Component::encoder, MemoryUse::activations);
  }

  Tensor held(uint64_t bytes, Component component, MemoryUse use) const {
    if (bytes == 0) return {};
    const MemoryScope memory(device_, component, use);
    return Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device_);
  }

  /// Every resolution once, and again with the gradients of passes before it.
  void passes(DiffusionObjective& objective) {
    const bool accumulates = recipe_.run.accumulate > 1;
    const auto resolutions = static_cast<int64_t>(examples_.size());
    for (int64_t number = 0; number < (accumulates ? 2 : 1) * resolutions; ++number) {
      if (!accumulates) {
        for (Parameter& parameter : objective.parameters()) parameter.leaf.clear_gradient();
      }
      objective.pass({number, 0, recipe_.run.steps});
    }
  }

  Recipe recipe_;
  ModelFolder model_;
  const Resolutions& examples_;
  Device real_, device_;
  std::vector<std::string> shown_;  ///< captions of the largest batch
};

std::optional<uint64_t> available_on(const Device& device) {
  if (device.plans()) return std::nullopt;
  if (device.kind() == DeviceKind::cpu) return device.memory().free;
  return budget_of(device.memory(), 0, device.allocator().report().reserved.live).available;
}

/// What to change; keys of the recipe, those first that change what is learnt least.
std::string remedy_for(const Recipe& recipe) {
  std::string text;
  if (!recipe.run.recompute) text += "set run.recompute = true, or ";
  if (recipe.run.batch > 1) {
    text += "make run.batch smaller (run.accumulate makes up for it), or ";
  }
  return text + "make pictures.resolution smaller; --plan shows what each part takes";
}

}  // namespace

bool can_plan(Kind kind) { return concerns(kDiffusion, kind); }

MemoryPlan plan_memory(const Recipe& recipe, const Resolutions& examples, const Device& device) {
  check(can_plan(recipe.kind), "plan_memory: runs of this kind are not planned");
  const Device planning = Device::planning(device.kind(), device.threads(), device.capability());
  Rehearsal(recipe, examples, device, planning)();
  MemoryPlan plan;
  plan.kind = device.kind();
  plan.report = planning.allocator().report();
  plan.needed = plan.report.total.peak;
  plan.available = available_on(device);
  return plan;
}

std::string shortage_of(const MemoryPlan& plan, const Recipe& recipe) {
  return fmt::format("batches of {} at {} pixels need {} on {}, {} can be had", recipe.run.batch,
                     recipe.pictures.resolution, to_string(ByteSize{plan.needed}),
                     plan.kind == DeviceKind::cuda ? "the device" : "the host",
                     to_string(ByteSize{plan.available.value_or(0)}));
}

void require_memory(const MemoryPlan& plan, const Recipe& recipe) {
  if (plan.fits()) return;
  throw Error("memory.too_small", shortage_of(plan, recipe)).hint(remedy_for(recipe));
}

}  // namespace newbie::train
