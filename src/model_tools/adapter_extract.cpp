#include "model_tools/adapter_extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "adapters/low_rank.h"
#include "adapters/targets.h"
#include "base/hash.h"
#include "model_tools/adapter_targets.h"
#include "ops/elementwise.h"

namespace newbie::model_tools {
namespace {

constexpr std::string_view kWeight = ".weight";

const OpenedPart* same_part(const OpenedModel& model, Part part) {
  const auto found = std::ranges::find_if(
      model.parts, [&](const OpenedPart& p) { return p.description.part == part; });
  return found == model.parts.end() ? nullptr : &*found;
}

class Extractor {
 public:
  Extractor(const ExtractOptions& options, const Progress& progress)
      : options_(options), device_(Device::cpu(options.threads)), progress_(progress) {}

  void compare(const OpenedPart& base, const OpenedPart& tuned, const adapters::Targets& targets) {
    const std::string& network = base.description.network;
    std::set<std::string> wanted;
    const auto patterns =
        options_.targets.empty() ? std::vector<std::string>{"*"} : options_.targets;
    for (const adapters::Target& target : adapters::resolve_targets(targets, network, patterns)) {
      wanted.insert(target.path + std::string(kWeight));
    }
    uint64_t done = 0, total = 0;
    for (const std::string& name : base.weights->names()) total += bytes_of(base, name);
    for (const std::string& name : base.weights->names()) {
      compare(base, tuned, name, wanted.contains(name));
      done += bytes_of(base, name);
      if (progress_) progress_(fmt::format("extract {}", network), done, total);
    }
  }

  Extraction finish() {
    if (out_.layers.empty()) {
      throw Error("adapter.no_difference",
                  "the two models do not differ in any matrix that was asked for");
    }
    out_.error = std::sqrt(lost_ / whole_);
    return std::move(out_);
  }

 private:
  static uint64_t bytes_of(const OpenedPart& part, const std::string& name) {
    const io::TensorInfo info = *part.weights->find(name);
    return static_cast<uint64_t>(info.shape.numel()) * size_of(info.dtype);
  }

  void compare(const OpenedPart& base, const OpenedPart& tuned, const std::string& name,
               bool wanted) {
    const auto there = tuned.weights->find(name);
    const Shape shape = base.weights->find(name)->shape;
    if (!there || !(there->shape == shape)) {
      throw Error("adapter.models_differ", fmt::format("{} is {} in {} and {} in {}", name,
                                                       shape.str(), base.weights->source().string(),
                                                       there ? there->shape.str() : "missing",
                                                       tuned.weights->source().string()))
          .hint("both must be the same model, before and after training");
    }
    const Tensor from = ops::cast(base.weights->tensor(name, device_), DType::f32);
    const Tensor to = ops::cast(tuned.weights->tensor(name, device_), DType::f32);
    const Tensor difference = ops::combine({{1.0f, to}, {-1.0f, from}});
    base.weights->drop(name);
    tuned.weights->drop(name);
    const float* values = difference.data<float>();
    const bool same =
        std::all_of(values, values + difference.numel(), [](float v) { return v == 0; });
    if (same) {
      out_.unchanged += wanted ? 1 : 0;
    } else if (wanted) {
      add(base.description.network, name.substr(0, name.size() - kWeight.size()), difference);
    } else {
      out_.left_out.push_back(name);
    }
  }

  void add(const std::string& network, const std::string& path, const Tensor& difference) {
    require_finite(path, difference);
    const auto pair = adapters::best_low_rank(difference, options_.rank, hash64(path));
    adapters::Module module;
    module.network = network;
    module.path = path;
    module.weight = difference.shape();
    module.rank = pair.down.dim(0);
    module.alpha = static_cast<double>(module.rank);
    module[adapters::Factor::down] = pair.down;
    module[adapters::Factor::up] = pair.up;
    out_.adapter.modules.push_back(std::move(module));
    out_.layers.push_back({path, pair.down.dim(0), pair.norm, pair.error / pair.norm});
    lost_ += pair.error * pair.error;
    whole_ += pair.norm * pair.norm;
  }

  static void require_finite(const std::string& path, const Tensor& difference) {
    const float* values = difference.data<float>();
    if (std::all_of(values, values + difference.numel(), [](float v) { return std::isfinite(v); }))
      return;
    throw Error("adapter.not_finite", fmt::format("the difference of {} is not finite", path))
        .hint("`newbie model verify` finds broken values");
  }

  const ExtractOptions& options_;
  Device device_;
  const Progress& progress_;
  Extraction out_;
  double lost_ = 0, whole_ = 0;
};

}  // namespace

Extraction extract_adapter(const std::filesystem::path& base, const std::filesystem::path& tuned,
                           const ExtractOptions& options, const Progress& progress) {
  const OpenedModel before = open_model(base), after = open_model(tuned);
  const adapters::Targets targets = targets_of(before);
  Extractor extractor(options, progress);
  for (const OpenedPart& part : before.parts) {
    if (part.description.part == Part::vae) continue;
    if (const OpenedPart* other = same_part(after, part.description.part)) {
      extractor.compare(part, *other, targets);
    }
  }
  return extractor.finish();
}

}  // namespace newbie::model_tools
