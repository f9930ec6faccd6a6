// Writing and reading again gives the same change, in every dialect; new adapters and their
// learning.

#include "adapters/write.h"

#include <cmath>

#include "adapters/delta.h"
#include "adapters/learned.h"
#include "adapters/report.h"
#include "base/file.h"
#include "base/json.h"
#include "files.h"
#include "nn/linear.h"
#include "ops/loss.h"
#include "support/compare.h"

namespace newbie::adapters {
namespace {

using namespace testing;

Module module_for(const std::string& path, int64_t rank, double alpha, uint32_t seed) {
  const Target& target = *small_targets().find("next_dit", path);
  Module module;
  module.network = target.network;
  module.path = path;
  module.weight = target.weight;
  module.rank = rank;
  module.alpha = alpha;
  module.scale = alpha / static_cast<double>(rank);
  module[Factor::down] = random({rank, target.weight[1]}, seed);
  module[Factor::up] = random({target.weight[0], rank}, seed + 1);
  return module;
}

Module lokr_for(const std::string& path, uint32_t seed) {
  Module module = module_for(path, 2, 1, seed);
  module.kind = Kind::lokr;
  module.factors = {};
  module[Factor::w1] = random({4, 3}, seed);
  module[Factor::w2_a] = random({4, 2}, seed + 1);
  module[Factor::w2_b] = random({2, 4}, seed + 2);
  return module;
}

std::shared_ptr<const Adapter> there_and_back(const Adapter& adapter, Dialect dialect) {
  const ScratchFolder folder("roundtrip");
  const auto to = dialect == Dialect::peft ? folder / "adapter" : folder / "adapter.safetensors";
  write_adapter(adapter, to, {.dialect = dialect, .targets = &small_targets()});
  const auto found = read_adapter(to, &small_targets());
  EXPECT_TRUE(found->unmatched.empty());
  EXPECT_TRUE(found->notes.empty()) << found->notes.front();
  return found;
}

class EveryDialect : public ::testing::TestWithParam<Dialect> {};

TEST_P(EveryDialect, KeepsTheChangeOfALora) {
  Adapter adapter;
  adapter.modules = {module_for("layers.0.attention.out", 3, 3, 1),
                     module_for("layers.0.attention.qkv", 4, 2, 5),
                     module_for("layers.1.attention.qkv", 4, 2, 9)};
  const auto found = there_and_back(adapter, GetParam());
  ASSERT_EQ(found->modules.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found->modules[i].path, adapter.modules[i].path);
    EXPECT_EQ(found->modules[i].rank, adapter.modules[i].rank);
    EXPECT_LT(test::relative_l2(delta(found->modules[i]), delta(adapter.modules[i])), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryDialect,
                         ::testing::Values(Dialect::peft, Dialect::comfyui, Dialect::kohya,
                                           Dialect::lycoris, Dialect::diffusers));

class MostDialects : public ::testing::TestWithParam<Dialect> {};

TEST_P(MostDialects, KeepTheChangeOfALokr) {
  Adapter adapter;
  adapter.modules = {lokr_for("layers.0.attention.qkv", 1)};
  const auto found = there_and_back(adapter, GetParam());
  EXPECT_EQ(found->modules[0].kind, Kind::lokr);
  EXPECT_LT(test::relative_l2(delta(found->modules[0]), delta(adapter.modules[0])), 1e-6);
}

TEST_P(MostDialects, KeepTheMagnitudesOfADora) {
  Adapter adapter;
  adapter.modules = {module_for("layers.0.attention.qkv", 2, 1, 1)};
  adapter.modules[0][Factor::magnitude] = random({16}, 9);
  const auto found = there_and_back(adapter, GetParam());
  const Tensor w = random({16, 12}, 30);
  EXPECT_LT(test::relative_l2(change(found->modules[0], w), change(adapter.modules[0], w)), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(All, MostDialects,
                         ::testing::Values(Dialect::peft, Dialect::comfyui, Dialect::kohya,
                                           Dialect::lycoris));

TEST(WriteAdapter, SaysWhatADialectHasNoWordsFor) {
  const ScratchFolder folder("words");
  Adapter adapter;
  adapter.modules = {module_for("layers.0.attention.qkv", 2, 1, 1)};
  adapter.modules[0][Factor::magnitude] = random({16}, 9);
  const auto code = [&](Dialect dialect) {
    return code_of([&] {
      write_adapter(adapter, folder / "a.safetensors",
                    {.dialect = dialect, .targets = &small_targets()});
    });
  };
  EXPECT_EQ(code(Dialect::diffusers), "adapter.not_representable");
  adapter.modules = {lokr_for("layers.0.attention.qkv", 1)};
  EXPECT_EQ(code(Dialect::diffusers), "adapter.not_representable");
  adapter.modules.push_back(module_for("layers.1.attention.qkv", 2, 1, 1));
  EXPECT_EQ(code(Dialect::peft), "adapter.not_representable");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.safetensors"));
}

TEST(WriteAdapter, PeftConfigHoldsRanksAndAlphas) {
  const ScratchFolder folder("config");
  Adapter adapter;
  adapter.modules = {module_for("layers.0.attention.out", 3, 6, 1),
                     module_for("layers.0.attention.qkv", 4, 2, 5),
                     module_for("layers.1.attention.qkv", 4, 2, 9)};
  write_adapter(adapter, folder / "out", {.dialect = Dialect::peft});
  const Json config = Json::parse(read_file(folder / "out/adapter_config.json"));
  EXPECT_EQ(config["r"], 4);
  EXPECT_EQ(config["lora_alpha"], 2);
  EXPECT_EQ(config["rank_pattern"], (Json{{"^layers.0.attention.out", 3}}));
  EXPECT_EQ(config["alpha_pattern"], (Json{{"^layers.0.attention.out", 6}}));
  EXPECT_EQ(config["target_modules"].size(), 3u);
}

TEST(WriteAdapter, NarrowsTheFactorsButNotAlpha) {
  const ScratchFolder folder("narrow");
  Adapter adapter;
  adapter.modules = {module_for("layers.0.attention.qkv", 3, 1, 1)};
  write_adapter(adapter, folder / "a.safetensors",
                {.dialect = Dialect::kohya, .dtype = DType::bf16});
  const auto file = io::SafetensorsFile::open(folder / "a.safetensors");
  EXPECT_EQ(file.find("lora_unet_layers_0_attention_qkv.lora_up.weight")->dtype, DType::bf16);
  EXPECT_EQ(file.find("lora_unet_layers_0_attention_qkv.alpha")->dtype, DType::f32);
  EXPECT_EQ(file.metadata().at("ss_network_dim"), "3");
  EXPECT_NEAR(read_adapter(folder / "a.safetensors", &small_targets())->modules[0].scale, 1.0 / 3,
              1e-7);
}

TEST(NewAdapters, ChangeNothingAtFirst) {
  const auto targets = resolve_targets(small_targets(), "next_dit", {"*"});
  for (const NewAdapter& about :
       {NewAdapter{.kind = Kind::lora, .rank = 4, .alpha = 2},
        NewAdapter{.kind = Kind::lokr, .rank = 1, .alpha = 1, .factor = 2},
        NewAdapter{.kind = Kind::lokr, .rank = 1000, .alpha = 1}}) {
    for (const Module& module : make_modules(targets, about, host())) {
      EXPECT_EQ(norm(module), 0) << module.path;
      EXPECT_EQ(delta(module).shape(), module.weight);
      const Tensor& first = module[about.kind == Kind::lora ? Factor::down : Factor::w1];
      const float bound = 1 / std::sqrt(static_cast<float>(first.dim(1)));
      float largest = 0;
      for (const float value : first.to_floats()) largest = std::max(largest, std::fabs(value));
      EXPECT_LT(largest, bound);
      EXPECT_GT(largest, bound / 2);
    }
  }
}

TEST(NewAdapters, AreTheSameForTheSameSeedWhateverElseIsAdapted) {
  const auto all =
      make_modules(resolve_targets(small_targets(), "next_dit", {"*"}), {.seed = 3}, host());
  const auto one = make_modules(resolve_targets(small_targets(), "next_dit", {"attention.out"}),
                                {.seed = 3}, host());
  const auto other = make_modules(resolve_targets(small_targets(), "next_dit", {"attention.out"}),
                                  {.seed = 4}, host());
  const auto same = std::ranges::find(all, one[0].path, &Module::path);
  EXPECT_TRUE(test::same_bytes((*same)[Factor::down], one[0][Factor::down]));
  EXPECT_FALSE(test::same_bytes(other[0][Factor::down], one[0][Factor::down]));
}

TEST(NewAdapters, FactorizationIsThatOfLycoris) {
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(factorization(3840, 8), (Pair{8, 480}));
  EXPECT_EQ(factorization(48, 8), (Pair{6, 8}));
  EXPECT_EQ(factorization(127, 8), (Pair{1, 127}));
  EXPECT_EQ(factorization(250, 16), (Pair{10, 25}));
  EXPECT_EQ(factorization(360, -1), (Pair{18, 20}));
}

TEST(NewAdapters, RefuseWhatCannotBeLearned) {
  const auto targets = resolve_targets(small_targets(), "next_dit", {"*"});
  EXPECT_EQ(code_of([&] { make_modules(targets, {.kind = Kind::loha}, host()); }), "adapter.kind");
  EXPECT_EQ(code_of([&] { make_modules(targets, {.rank = 0}, host()); }), "adapter.rank");
  EXPECT_EQ(code_of([&] { make_modules(targets, {.alpha = NAN}, host()); }), "adapter.rank");
}

TEST(Report, NamesKindsRanksAndWhatIsMissing) {
  Adapter adapter;
  adapter.source = "style.safetensors";
  adapter.dialects = {"kohya"};
  adapter.modules = {module_for("layers.0.attention.qkv", 4, 2, 5),
                     module_for("layers.1.attention.qkv", 4, 2, 9)};
  adapter.unmatched = {"lora_unet_layers_7_attention_qkv"};
  EXPECT_EQ(summary(adapter), "LoRA of 2 modules of next_dit, rank 4, alpha 2");
  const std::string text = to_text(adapter);
  for (const char* part : {"kohya", "layers.*.attention.qkv", "not in this model (1)",
                           "lora_unet_layers_7_attention_qkv"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  const Json json = Json::parse(to_json(adapter));
  EXPECT_EQ(json["modules"].size(), 2u);
  EXPECT_EQ(json["modules"][0]["scale"], 0.5);
}

}  // namespace
}  // namespace newbie::adapters
