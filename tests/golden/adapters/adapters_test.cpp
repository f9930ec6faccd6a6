// Adapters of every golden dialect against outputs of upstream with the same adapter merged.

#include <fmt/format.h>

#include "adapters/attach.h"
#include "adapters/delta.h"
#include "adapters/read.h"
#include "adapters/write.h"
#include "support/golden_batch.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;
using adapters::AdapterSet;

fs::path file_named(const std::string& name) { return golden_folder() / "goldens" / "lora" / name; }

const adapters::Targets& targets() {
  static const adapters::Targets all = [] {
    adapters::Targets made;
    for (const auto& names : pipeline::adaptable_networks(golden_model())) {
      made.add(names.network, names.expected, names.layouts);
    }
    return made;
  }();
  return all;
}

std::shared_ptr<const adapters::Adapter> read(const std::string& name) {
  return adapters::read_adapter(file_named(name), &targets());
}

/// Everything merged into the weights, nothing attached.
class MergedWeights final : public nn::WeightProvider {
 public:
  MergedWeights(nn::WeightProvider& inner, const AdapterSet& set) : inner_(inner), set_(set) {}
  Tensor take(const std::string& path, const Shape& shape) override {
    const Tensor stored = inner_.take(path, shape);
    std::vector<adapters::Change> changes;
    for (const auto& [adapter, strength] : set_) {
      const std::string module = path.substr(0, path.rfind('.'));
      const auto* found = adapter->find("next_dit", module);
      if (found && path.ends_with(".weight")) changes.push_back({found, strength});
    }
    if (changes.empty()) return stored;
    return ops::to_device(adapters::merged(ops::to_host(stored), changes, DType::f32),
                          stored.device());
  }
  bool has(const std::string& path) const override { return inner_.has(path); }

 private:
  nn::WeightProvider& inner_;
  const AdapterSet& set_;
};

enum class How { attached, merged };

std::vector<float> output(const AdapterSet& set, DType compute, How how) {
  const auto network = pipeline::load_transformer(
      golden_model(), weight_use(compute), {},
      [&](nn::WeightProvider& checked, std::string_view name,
          const nn::WeightUse& use) -> std::unique_ptr<nn::WeightProvider> {
        if (how == How::merged) return std::make_unique<MergedWeights>(checked, set);
        return std::make_unique<adapters::AdaptedWeights>(checked, set, std::string(name), use);
      });
  const GoldenFile inputs("transformer");
  const Batch batch = golden_batch(inputs, "x0");
  return joined(velocities(network, batch, std::vector<float>(batch.latents.size(), 0.5f)));
}

struct Case {
  std::string file, tensor;
  double strength;
};

class Adapters : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!outputs_.exists()) {
      count_skipped("lora");
      GTEST_SKIP() << "this set has no adapters";
    }
  }
  GoldenFile outputs_{"lora/outputs"};
};

TEST_P(Adapters, AttachedAsUpstreamMergesThem) {
  const auto& [file, tensor, strength] = GetParam();
  const AdapterSet set{{read(file), strength}};
  expect_golden(outputs_, tensor, output(set, DType::f32, How::attached), kNetworkLimits.f32,
                "adapters attached f32");
  expect_golden(outputs_, tensor, output(set, DType::bf16, How::attached), kNetworkLimits.bf16,
                "adapters attached bf16");
}

TEST_P(Adapters, MergedAsUpstreamMergesThem) {
  const auto& [file, tensor, strength] = GetParam();
  const AdapterSet set{{read(file), strength}};
  expect_golden(outputs_, tensor, output(set, DType::f32, How::merged), kNetworkLimits.f32,
                "adapters merged f32");
}

INSTANTIATE_TEST_SUITE_P(Golden, Adapters,
                         ::testing::Values(Case{"peft_lora", "out_peft_lora", 1},
                                           Case{"peft_lora", "out_peft_lora_strength0.5", 0.5},
                                           Case{"lora_kohya.safetensors", "out_peft_lora", 1},
                                           Case{"lokr_full", "out_lokr_full", 1},
                                           Case{"lokr_lowrank", "out_lokr_lowrank", 1}),
                         [](const auto& test) {
                           std::string name = test.param.file.substr(0, test.param.file.find('.')) +
                                              "_at_" + fmt::format("{}", test.param.strength);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(GoldenAdapters, HalvesOfOneAdapterAddUpToTheWhole) {
  const GoldenFile outputs("lora/outputs");
  if (!outputs.exists()) return count_skipped("lora");
  const AdapterSet twice{{read("peft_lora"), 0.25}, {read("lora_kohya.safetensors"), 0.75}};
  expect_golden(outputs, "out_peft_lora", output(twice, DType::f32, How::attached),
                kNetworkLimits.f32, "several adapters f32");
}

TEST(GoldenAdapters, WithoutAStrengthNothingChangesNotEvenABit) {
  const GoldenFile outputs("lora/outputs");
  if (!outputs.exists()) return count_skipped("lora");
  const auto plain = output({}, DType::f32, How::attached);
  expect_golden(outputs, "out_base", plain, kNetworkLimits.f32, "no adapter f32");
  EXPECT_EQ(output({{read("peft_lora"), 0.0}}, DType::f32, How::attached), plain);
}

TEST(GoldenAdapters, EveryModuleOfTheSetIsMatched) {
  if (!GoldenFile("lora/outputs").exists()) return count_skipped("lora");
  for (const auto& [name, modules, kind] :
       {std::tuple{"peft_lora", 37u, adapters::Kind::lora},
        std::tuple{"lora_kohya.safetensors", 37u, adapters::Kind::lora},
        std::tuple{"lokr_full", 23u, adapters::Kind::lokr},
        std::tuple{"lokr_lowrank", 23u, adapters::Kind::lokr}}) {
    const auto adapter = read(name);
    EXPECT_EQ(adapter->modules.size(), modules) << name;
    EXPECT_TRUE(adapter->unmatched.empty()) << name;
    EXPECT_TRUE(adapter->notes.empty()) << name;
    EXPECT_EQ(adapter->modules.front().kind, kind) << name;
  }
}

}  // namespace
}  // namespace newbie::test
