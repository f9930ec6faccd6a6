// Names of every dialect, alpha wherever it is left, and files that must not load.

#include <fmt/format.h>

#include "adapters/delta.h"
#include "adapters/keys.h"
#include "adapters/scale.h"
#include "base/file.h"
#include "files.h"
#include "support/compare.h"

namespace newbie::adapters {
namespace {

using namespace testing;

/// A pair for layers.0.attention.qkv under the names that a dialect gives it.
Named pair(const std::string& down, const std::string& up) {
  return {{down, random({4, 12}, 1)}, {up, random({16, 4}, 2)}};
}

class Dialects : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Dialects, NameTheSameModule) {
  const auto& [down, up] = GetParam();
  const ScratchFolder folder("dialects");
  const auto adapter =
      read_adapter(write(folder / "a.safetensors", pair(down, up)), &small_targets());
  ASSERT_EQ(adapter->modules.size(), 1u);
  const Module& module = adapter->modules[0];
  EXPECT_EQ(module.network, "next_dit");
  EXPECT_EQ(module.path, "layers.0.attention.qkv");
  EXPECT_EQ(module.rank, 4);
  EXPECT_TRUE(test::same_bytes(module[Factor::down], random({4, 12}, 1)));
  EXPECT_TRUE(test::same_bytes(module[Factor::up], random({16, 4}, 2)));
}

std::pair<std::string, std::string> dotted(const std::string& prefix, const std::string& a,
                                           const std::string& b) {
  return {prefix + "layers.0.attention.qkv." + a, prefix + "layers.0.attention.qkv." + b};
}
std::pair<std::string, std::string> flat(const std::string& prefix) {
  return {prefix + "layers_0_attention_qkv.lora_down.weight",
          prefix + "layers_0_attention_qkv.lora_up.weight"};
}

INSTANTIATE_TEST_SUITE_P(
    All, Dialects,
    ::testing::Values(dotted("base_model.model.", "lora_A.weight", "lora_B.weight"),
                      dotted("base_model.model.", "lora_A.default.weight", "lora_B.default.weight"),
                      dotted("unet.base_model.model.", "lora_A.weight", "lora_B.weight"),
                      dotted("diffusion_model.", "lora_down.weight", "lora_up.weight"),
                      dotted("diffusion_model.", "lora_A.weight", "lora_B.weight"),
                      dotted("model.diffusion_model.", "lora_down.weight", "lora_up.weight"),
                      dotted("transformer.", "lora_A.weight", "lora_B.weight"),
                      dotted("transformer._orig_mod.", "lora_A.weight", "lora_B.weight"),
                      dotted("", "lora_A.weight", "lora_B.weight"), flat("lora_unet_"),
                      flat("lycoris_"), flat("lycoris_diffusion_model_"),
                      flat("lora_transformer_")));

TEST(ReadAdapter, TextEncodersAreFoundByTheirOwnPrefixes) {
  const ScratchFolder folder("encoders");
  for (const std::string stem :
       {"text_encoder.layers.0.self_attn.q_proj", "lora_te1_layers_0_self_attn_q_proj",
        "text_encoder.model.language_model.layers.0.self_attn.q_proj",
        "lora_te_model_layers_0_self_attn_q_proj"}) {
    const auto adapter = read_adapter(
        write(folder / "te.safetensors", {{stem + ".lora_down.weight", random({2, 12}, 1)},
                                          {stem + ".lora_up.weight", random({10, 2}, 2)}}),
        &small_targets());
    EXPECT_EQ(adapter->modules[0].network, "gemma3") << stem;
  }
}

TEST(ReadAdapter, SplitQueriesKeysAndValuesBecomeRowsOfOneWeight) {
  const ScratchFolder folder("split");
  const std::string stem = "transformer.layers.0.attn.";
  const Tensor q = random({8, 2}, 1), v = random({4, 3}, 2);
  const Tensor q_down = random({2, 12}, 3), v_down = random({3, 12}, 4);
  const auto adapter =
      read_adapter(write(folder / "a.safetensors", {{stem + "to_q.lora_A.weight", q_down},
                                                    {stem + "to_q.lora_B.weight", q},
                                                    {stem + "to_q.alpha", number(1)},
                                                    {stem + "to_v.lora_A.weight", v_down},
                                                    {stem + "to_v.lora_B.weight", v},
                                                    {stem + "to_v.alpha", number(6)}}),
                   &small_targets());
  ASSERT_EQ(adapter->modules.size(), 1u);
  EXPECT_EQ(adapter->modules[0].rank, 5);
  const Tensor all = delta(adapter->modules[0]);
  ASSERT_EQ(all.shape(), (Shape{16, 12}));
  Module alone;
  alone.weight = {8, 12};
  alone[Factor::down] = q_down;
  alone[Factor::up] = q;
  alone.scale = 0.5;
  EXPECT_LT(test::relative_l2(all.slice(0, 8), delta(alone)), 1e-6);
  for (const float value : all.slice(8, 12).to_floats()) EXPECT_EQ(value, 0);  // keys stay
  alone.weight = {4, 12};
  alone[Factor::down] = v_down;
  alone[Factor::up] = v;
  alone.scale = 2;
  EXPECT_LT(test::relative_l2(all.slice(12, 16), delta(alone)), 1e-6);
}

TEST(ReadAdapter, PartsThatShareTheirInputKeepItsRank) {
  const ScratchFolder folder("shared");
  const std::string stem = "transformer.layers.0.attn.";
  const Tensor down = random({2, 12}, 3);
  const auto adapter = read_adapter(
      write(folder / "a.safetensors", {{stem + "to_q.lora_A.weight", down},
                                       {stem + "to_q.lora_B.weight", random({8, 2}, 1)},
                                       {stem + "to_k.lora_A.weight", down},
                                       {stem + "to_k.lora_B.weight", random({4, 2}, 2)},
                                       {stem + "to_v.lora_A.weight", down},
                                       {stem + "to_v.lora_B.weight", random({4, 2}, 4)}}),
      &small_targets());
  EXPECT_EQ(adapter->modules[0].rank, 2);
}

TEST(Alpha, ComesFromTheFirstThatKnowsIt) {
  const ScratchFolder folder("alpha");
  const auto stem = std::string("base_model.model.layers.0.attention.qkv");
  Named tensors = pair(stem + ".lora_A.weight", stem + ".lora_B.weight");
  const auto file = folder / "adapter_model.safetensors";
  const auto scale = [&](const std::map<std::string, std::string>& metadata) {
    const auto adapter = read_adapter(write(file, tensors, metadata), &small_targets());
    return std::pair(adapter->modules[0].scale, adapter->notes.size());
  };
  EXPECT_EQ(scale({}), std::pair(1.0, size_t{1}));  // unknown: 1, and said so
  EXPECT_EQ(scale({{"ss_network_alpha", "8"}, {"ss_network_dim", "4"}}), std::pair(2.0, size_t{0}));
  EXPECT_EQ(scale({{"lora_alpha", "2"}, {"lora_rank", "4"}}), std::pair(0.5, size_t{0}));
  write_file(folder / "adapter_config.json", R"({"peft_type":"LORA","r":4,"lora_alpha":1})");
  EXPECT_EQ(scale({{"lora_alpha", "2"}}), std::pair(0.25, size_t{0}));
  write_file(folder / "adapter_config.json",
             R"({"peft_type":"LORA","r":4,"lora_alpha":1,"use_rslora":true})");
  EXPECT_EQ(scale({}), std::pair(0.5, size_t{0}));
  write_file(folder / "adapter_config.json",
             R"({"peft_type":"LORA","lora_alpha":1,"alpha_pattern":{"attention.qkv":12}})");
  EXPECT_EQ(scale({}), std::pair(3.0, size_t{0}));
  tensors[stem + ".alpha"] = number(6);
  EXPECT_EQ(scale({{"lora_alpha", "2"}}), std::pair(1.5, size_t{0}));
}

TEST(Alpha, AConfigBesideAnotherFileIsNotItsConfig) {
  const ScratchFolder folder("stray");
  write_file(folder / "adapter_config.json", R"({"peft_type":"LORA","lora_alpha":1})");
  const auto adapter = read_adapter(
      write(folder / "style.safetensors", pair("lora_unet_layers_0_attention_qkv.lora_down.weight",
                                               "lora_unet_layers_0_attention_qkv.lora_up.weight")),
      &small_targets());
  EXPECT_EQ(adapter->modules[0].scale, 1);
}

TEST(Alpha, PatternsAreThoseOfPeft) {
  const std::string path = "layers.12.attention.qkv";
  for (const char* yes :
       {"attention.qkv", "qkv", "layers.12.attention.qkv", "^layers.12.attention.qkv",
        R"(layers\.\d+\.attention\.qkv)", "layers.*qkv", ".*qkv$"}) {
    EXPECT_TRUE(pattern_matches(yes, path)) << yes;
  }
  for (const char* no :
       {"ttention.qkv", "^attention.qkv", "attention", R"(layers\.\d\.attention.qkv)"}) {
    EXPECT_FALSE(pattern_matches(no, path)) << no;
  }
  // A pattern that makes other matchers run for years.
  EXPECT_FALSE(pattern_matches(std::string(2000, 'a') + "*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Alpha, FullFactorsMeanWhatTheySay) {
  const ScratchFolder folder("lokr");
  const std::string stem = "lycoris_layers_0_attention_qkv";
  const auto adapter =
      read_adapter(write(folder / "a.safetensors", {{stem + ".lokr_w1", random({4, 3}, 1)},
                                                    {stem + ".lokr_w2", random({4, 4}, 2)},
                                                    {stem + ".alpha", number(1)}}),
                   &small_targets());
  EXPECT_EQ(adapter->modules[0].scale, 1);
  EXPECT_EQ(adapter->modules[0].rank, 0);
}

struct Hostile {
  std::string what, code;
  Named tensors;
};

class HostileFiles : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileFiles, AreRefusedWithACodeThatNamesTheFault) {
  const ScratchFolder folder("hostile");
  const auto file = write(folder / "a.safetensors", GetParam().tensors);
  EXPECT_EQ(code_of([&] { read_adapter(file, &small_targets()); }), GetParam().code);
}

const std::string kQkv = "layers.0.attention.qkv.";

Tensor with(float value, Shape shape) {
  std::vector<float> values(static_cast<size_t>(shape.numel()), 0.5f);
  values[1] = value;
  return Tensor::from(values, shape, host());
}

INSTANTIATE_TEST_SUITE_P(
    All, HostileFiles,
    ::testing::Values(
        Hostile{"empty", "adapter.not_an_adapter", {}},
        Hostile{"checkpoint",
                "adapter.not_an_adapter",
                {{"layers.0.attention.qkv.weight", random({16, 12}, 1)}}},
        Hostile{"other_model",
                "adapter.no_match",
                {{"double_blocks.0.img_attn.qkv.lora_A.weight", random({4, 12}, 1)},
                 {"double_blocks.0.img_attn.qkv.lora_B.weight", random({16, 4}, 1)}}},
        Hostile{"a_table",
                "adapter.no_match",
                {{"text_encoder.embed_tokens.lora_A.weight", random({4, 12}, 1)},
                 {"text_encoder.embed_tokens.lora_B.weight", random({30, 4}, 1)}}},
        Hostile{
            "half_a_pair", "adapter.incomplete", {{kQkv + "lora_A.weight", random({4, 12}, 1)}}},
        Hostile{"half_a_lokr",
                "adapter.incomplete",
                {{kQkv + "lokr_w1", random({4, 3}, 1)}, {kQkv + "lokr_w2_a", random({4, 2}, 1)}}},
        Hostile{"wrong_width",
                "adapter.shape_mismatch",
                {{kQkv + "lora_A.weight", random({4, 13}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)}}},
        Hostile{"two_ranks",
                "adapter.shape_mismatch",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 5}, 1)}}},
        Hostile{"rank_0",
                "adapter.shape_mismatch",
                {{kQkv + "lora_A.weight", random({0, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 0}, 1)}}},
        Hostile{
            "no_matrix",
            "adapter.shape_mismatch",
            {{kQkv + "lora_A.weight", random({12}, 1)}, {kQkv + "lora_B.weight", random({16}, 1)}}},
        Hostile{"two_alphas",
                "adapter.shape_mismatch",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)},
                 {kQkv + "alpha", random({2}, 1)}}},
        Hostile{"wrong_magnitude",
                "adapter.shape_mismatch",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)},
                 {kQkv + "dora_scale", random({12, 1}, 1)}}},
        Hostile{"nan",
                "adapter.not_finite",
                {{kQkv + "lora_A.weight", with(NAN, {4, 12})},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)}}},
        Hostile{"infinite_alpha",
                "adapter.not_finite",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)},
                 {kQkv + "alpha", number(INFINITY)}}},
        Hostile{"same_module_twice",
                "adapter.duplicate",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)},
                 {"lora_unet_layers_0_attention_qkv.lora_down.weight", random({4, 12}, 1)}}},
        Hostile{"rows_twice",
                "adapter.duplicate",
                {{kQkv + "lora_A.weight", random({4, 12}, 1)},
                 {kQkv + "lora_B.weight", random({16, 4}, 1)},
                 {"layers.0.attn.to_k.lora_A.weight", random({4, 12}, 1)},
                 {"layers.0.attn.to_k.lora_B.weight", random({4, 4}, 1)}}},
        Hostile{
            "two_kinds",
            "adapter.mixed_kinds",
            {{kQkv + "lora_A.weight", random({4, 12}, 1)}, {kQkv + "lokr_w1", random({16, 4}, 1)}}},
        Hostile{"a_convolution",
                "adapter.unsupported",
                {{kQkv + "lora_down.weight", random({4, 12}, 1)},
                 {kQkv + "lora_mid.weight", random({4, 4, 3, 3}, 1)},
                 {kQkv + "lora_up.weight", random({16, 4}, 1)}}}),
    [](const auto& test) { return test.param.what; });

TEST(ReadAdapter, AFewBytesCannotClaimAHugeWeight) {
  const ScratchFolder folder("huge");
  const auto code = [&](const Named& tensors) {
    return code_of([&] { read_adapter(write(folder / "a.safetensors", tensors), nullptr); });
  };
  const Tensor column = random({40000, 1}, 1), row = random({1, 40000}, 2);
  EXPECT_EQ(code({{"m.lora_up.weight", column}, {"m.lora_down.weight", row}}),
            "adapter.shape_mismatch");
  EXPECT_EQ(code({{"m.hada_w1_a", column},
                  {"m.hada_w1_b", row},
                  {"m.hada_w2_a", column},
                  {"m.hada_w2_b", row}}),
            "adapter.shape_mismatch");
  EXPECT_EQ(code({{"m.lokr_w1", column}, {"m.lokr_w2", column}}), "adapter.shape_mismatch");
}

TEST(ReadAdapter, TruncatedFilesAreRefused) {
  const ScratchFolder folder("truncated");
  const auto whole =
      write(folder / "a.safetensors", pair(kQkv + "lora_A.weight", kQkv + "lora_B.weight"));
  const std::string bytes = read_file(whole);
  for (const size_t size : {size_t{0}, size_t{7}, size_t{40}, bytes.size() - 1}) {
    write_file(folder / "cut.safetensors", bytes.substr(0, size));
    EXPECT_NE(code_of([&] { read_adapter(folder / "cut.safetensors", &small_targets()); }), "")
        << size;
  }
}

TEST(ReadAdapter, WhatDoesNotMatchIsListedAndTheRestLoads) {
  const ScratchFolder folder("partial");
  Named tensors = pair(kQkv + "lora_A.weight", kQkv + "lora_B.weight");
  tensors["layers.9.attention.qkv.lora_A.weight"] = random({4, 12}, 1);
  tensors["layers.9.attention.qkv.lora_B.weight"] = random({16, 4}, 1);
  tensors["optimizer_step"] = number(7);
  const auto adapter = read_adapter(write(folder / "a.safetensors", tensors), &small_targets());
  EXPECT_EQ(adapter->modules.size(), 1u);
  EXPECT_EQ(adapter->unmatched, std::vector<std::string>{"layers.9.attention.qkv"});
  EXPECT_EQ(adapter->unknown_keys, std::vector<std::string>{"optimizer_step"});
}

TEST(ReadAdapter, WithoutAModelPathsStayAsTheyAre) {
  const ScratchFolder folder("alone");
  const auto adapter = read_adapter(
      write(folder / "a.safetensors",
            pair("transformer.some.thing.lora_A.weight", "transformer.some.thing.lora_B.weight")),
      nullptr);
  EXPECT_EQ(adapter->modules[0].path, "some.thing");
  EXPECT_EQ(adapter->modules[0].weight, (Shape{16, 12}));
}

TEST(AdapterRequest, TakesAStrengthAfterTheLastColon) {
  EXPECT_EQ(parse_request("a.safetensors").strength, 1);
  EXPECT_EQ(parse_request("a.safetensors:0.8").strength, 0.8);
  EXPECT_EQ(parse_request("a.safetensors:-1.5").strength, -1.5);
  EXPECT_EQ(parse_request("a.safetensors:0.8").path, "a.safetensors");
  EXPECT_EQ(parse_request("odd:name").path, "odd:name");
  EXPECT_EQ(parse_request("odd:").path, "odd:");
  for (const char* bad : {"a:1000", "a:1e999", "a:nan", "a:inf"}) {
    EXPECT_EQ(code_of([&] { parse_request(bad); }), "adapter.strength") << bad;
  }
}

TEST(AdapterFile, SpeaksOfTheStrengthWhenTheNameBeforeItIsThere) {
  const ScratchFolder folder("strength");
  const auto file = write(folder / "a.safetensors", pair("q.lora_A.weight", "q.lora_B.weight"));
  const auto error_of = [](const std::string& text) {
    try {
      adapter_file(parse_request(text).path);
    } catch (const Error& error) {
      return error;
    }
    return Error("", "");
  };
  for (const char* strength : {"abc", "0,8", ""}) {
    const Error error = error_of(file.string() + ":" + strength);
    EXPECT_EQ(error.code(), "adapter.strength");
    EXPECT_EQ(error.what(),
              file.string() + " has strength \"" + strength + "\", expected a number");
  }
  const Error neither = error_of("absent:abc");
  EXPECT_EQ(neither.code(), "file.missing");
  EXPECT_NE(neither.hint_text().find("absent:0.8"), std::string::npos) << neither.hint_text();
  EXPECT_EQ(error_of("absent:0.8").hint_text(), "");
  EXPECT_EQ(error_of("absent:folder/a").hint_text(), "") << "a folder's name may hold a colon";
}

TEST(Targets, PatternsChooseByTheEndOfPaths) {
  const auto paths = [](const std::vector<std::string>& patterns) {
    std::vector<std::string> out;
    for (const Target& target : resolve_targets(small_targets(), "next_dit", patterns)) {
      out.push_back(target.path);
    }
    return out;
  };
  EXPECT_EQ(paths({"attention.qkv"}),
            (std::vector<std::string>{"layers.0.attention.qkv", "layers.1.attention.qkv"}));
  EXPECT_EQ(paths({"layers.0.attention.out", "qkv"}).size(), 3u);
  EXPECT_EQ(paths({"*"}).size(), 4u);  // every matrix, no norm
  EXPECT_EQ(code_of([&] { paths({"qkv", "attention.qvk"}); }), "adapter.no_target");
  EXPECT_EQ(code_of([&] { paths({"norm"}); }), "adapter.no_target");
  EXPECT_EQ(code_of([&] { paths({"kv"}); }), "adapter.no_target");
}

}  // namespace
}  // namespace newbie::adapters
