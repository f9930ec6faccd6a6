#include "io/weight_set.h"

#include <gtest/gtest.h>

#include "files.h"
#include "io/safetensors_writer.h"

namespace newbie::io {
namespace {

struct Given {
  std::string name;
  Shape shape;
  std::vector<float> values;
  DType dtype = DType::f32;
};

void write(const std::filesystem::path& path, const std::vector<Given>& tensors) {
  std::vector<TensorHeader> headers;
  for (const Given& given : tensors) headers.push_back({given.name, given.dtype, given.shape});
  SafetensorsWriter writer(path, headers);
  for (const TensorHeader& header : writer.tensors()) {
    for (const Given& given : tensors) {
      if (given.name != header.name) continue;
      if (given.dtype == DType::f32) writer.append(std::as_bytes(std::span(given.values)));
      if (given.dtype != DType::f32) writer.append(std::vector<std::byte>(header.bytes()));
    }
  }
  writer.commit();
}

std::vector<float> values(const WeightSet& set, const char* name) {
  return set.tensor(name, Device::cpu(1)).to_floats();
}

WeightSetOptions two_layouts() {
  WeightSetOptions options{"net", {"model.", "module."}, {}};
  options.layouts.push_back({"ours", "norm.weight", {}, {"vision.{*}", "spiece_model"}});
  options.layouts.push_back(
      {"theirs",
       "ln.weight",
       {Rename{"norm.{*}", "ln.{*}"},
        Concat{"{i}.qkv.weight", {"{i}.q.weight", "{i}.k.weight", "{i}.v.weight"}, {2, 1, 1}},
        Rename{"{i}.proj.weight", "{i}.conv.weight", 2},
        LowRank{"{*}.weight", "{*}.original", "{*}.A", "{*}.B", 0.5},
        ByShape{"pooled", {3, 2}, true}},
       {}});
  return options;
}

TEST(WeightSet, TakesNamesAsTheyAreWithoutTables) {
  const ScratchFolder folder("plain");
  write(folder / "x.safetensors", {{"a", {2}, {1, 2}}});
  const auto set = WeightSet::open(folder / "x.safetensors");
  EXPECT_EQ(set->names(), std::vector<std::string>{"a"});
  EXPECT_EQ(values(*set, "a"), (std::vector<float>{1, 2}));
}

TEST(WeightSet, StripsChainsOfPrefixesAndWrappers) {
  const ScratchFolder folder("prefix");
  write(folder / "x.safetensors", {{"module.model.norm.weight", {1}, {1}},
                                   {"module.model.layers.0._orig_mod.w", {1}, {2}},
                                   {"vision.tower", {1}, {3}}});
  const auto set = WeightSet::open(folder / "x.safetensors", two_layouts());
  EXPECT_EQ(set->prefix(), "module.model.");
  EXPECT_EQ(set->layout(), "ours");
  EXPECT_EQ(set->names(), (std::vector<std::string>{"layers.0.w", "norm.weight"}));
  EXPECT_EQ(set->ignored(), std::vector<std::string>{"vision.tower"});
  EXPECT_EQ(set->stored_names("layers.0.w"),
            std::vector<std::string>{"module.model.layers.0._orig_mod.w"});
}

TEST(WeightSet, ReadsEveryKindOfRule) {
  const ScratchFolder folder("rules");
  write(folder / "x.safetensors", {{"ln.weight", {1}, {1}},
                                   {"0.q.weight", {2, 2}, {1, 2, 3, 4}},
                                   {"0.k.weight", {1, 2}, {5, 6}},
                                   {"0.v.weight", {1, 2}, {7, 8}},
                                   {"0.conv.weight", {2, 2, 1, 1}, {1, 2, 3, 4}},
                                   {"lin.original", {2, 3}, {1, 1, 1, 1, 1, 1}},
                                   {"lin.A", {1, 1, 3}, {1, 2, 3}},
                                   {"lin.B", {1, 2, 1}, {2, 4}},
                                   {"mystery.weight", {3, 2}, {1, 2, 3, 4, 5, 6}},
                                   {"mystery.bias", {3}, {9, 9, 9}}});
  const auto set = WeightSet::open(folder / "x.safetensors", two_layouts());
  EXPECT_EQ(set->layout(), "theirs");
  EXPECT_EQ(values(*set, "0.qkv.weight"), (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(set->find("0.qkv.weight")->shape, (Shape{4, 2}));
  EXPECT_EQ(set->find("0.proj.weight")->shape, (Shape{2, 2}));
  // 1 + 0.5 * B @ A
  EXPECT_EQ(values(*set, "lin.weight"), (std::vector<float>{2, 3, 4, 3, 5, 7}));
  EXPECT_EQ(values(*set, "pooled.bias"), (std::vector<float>{9, 9, 9}));
  ASSERT_EQ(set->notes().size(), 1u);
  EXPECT_NE(set->notes()[0].find("mystery was taken for pooled"), std::string::npos);
}

TEST(WeightSet, SaysWhichPartOfATensorIsMissing) {
  const ScratchFolder folder("part");
  write(folder / "x.safetensors", {{"ln.weight", {1}, {1}},
                                   {"0.q.weight", {2, 2}, {1, 2, 3, 4}},
                                   {"0.v.weight", {1, 2}, {7, 8}}});
  const auto set = WeightSet::open(folder / "x.safetensors", two_layouts());
  EXPECT_FALSE(set->has("0.qkv.weight"));
  EXPECT_EQ(set->why_missing("0.qkv.weight"), "the file lacks 0.k.weight");
}

TEST(WeightSet, RefusesPartsThatDoNotFit) {
  const ScratchFolder folder("misfit");
  write(folder / "x.safetensors", {{"ln.weight", {1}, {1}},
                                   {"0.q.weight", {1, 2}, {1, 2}},
                                   {"0.k.weight", {1, 3}, {5, 6, 7}},
                                   {"0.v.weight", {1, 2}, {7, 8}}});
  const Error error = error_of([&] { WeightSet::open(folder / "x.safetensors", two_layouts()); });
  EXPECT_EQ(error.code(), "weights.shape_mismatch");
  EXPECT_NE(std::string(error.what()).find("0.k.weight (f32 [1, 3])"), std::string::npos);
}

TEST(WeightSet, DoesNotGuessBetweenTwoShapes) {
  const ScratchFolder folder("two");
  write(folder / "x.safetensors", {{"ln.weight", {1}, {1}},
                                   {"m.weight", {3, 2}, {1, 2, 3, 4, 5, 6}},
                                   {"m.bias", {3}, {1, 2, 3}},
                                   {"n.weight", {3, 2}, {1, 2, 3, 4, 5, 6}},
                                   {"n.bias", {3}, {1, 2, 3}}});
  const auto set = WeightSet::open(folder / "x.safetensors", two_layouts());
  EXPECT_FALSE(set->has("pooled.weight"));
  EXPECT_EQ(set->why_missing("pooled.weight"), "m, n fit its shape");
}

TEST(WeightSet, SaysThatAFileIsOfAnotherNetwork) {
  const ScratchFolder folder("other");
  write(folder / "x.safetensors", {{"something.else", {1}, {1}}});
  const Error error = error_of([&] { WeightSet::open(folder / "x.safetensors", two_layouts()); });
  EXPECT_EQ(error.code(), "weights.unknown_layout");
  EXPECT_NE(std::string(error.what()).find("no tensor norm.weight or ln.weight"),
            std::string::npos);
}

TEST(WeightSet, RefusesOneTensorUnderTwoNames) {
  const ScratchFolder folder("dup");
  write(folder / "x.safetensors", {{"norm.weight", {1}, {1}}, {"_orig_mod.norm.weight", {1}, {2}}});
  EXPECT_EQ(error_of([&] { WeightSet::open(folder / "x.safetensors", two_layouts()); }).code(),
            "weights.duplicate");
}

TEST(WeightSet, HandsOutExtrasByTheirStoredName) {
  const ScratchFolder folder("extra");
  write(folder / "x.safetensors",
        {{"norm.weight", {1}, {1}}, {"spiece_model", {5}, {}, DType::u8}});
  const auto set = WeightSet::open(folder / "x.safetensors", two_layouts());
  EXPECT_EQ(set->extra("spiece_model", Device::cpu(1))->numel(), 5);
  EXPECT_FALSE(set->has("spiece_model"));
}

TEST(LoadReport, TellsEveryProblemAtOnceWithCountsAndNearNames) {
  LoadReport report;
  report.network = "net";
  report.source = "x.safetensors";
  for (int i = 0; i < 25; ++i) report.missing.push_back("layers." + std::to_string(i) + ".norm");
  report.mis_shaped.push_back({"qkv", {6912, 2304}, {3840, 2304}});
  report.unexpected.push_back("layers.0.nrm");
  const Error error = report.error(Strictness::strict);
  const std::string text = error.what();
  EXPECT_EQ(error.code(), "weights.mismatch");
  EXPECT_NE(text.find("25 missing:"), std::string::npos);
  EXPECT_NE(text.find("layers.0.norm (the file has layers.0.nrm)"), std::string::npos);
  EXPECT_NE(text.find("... and 5 more"), std::string::npos);
  EXPECT_NE(text.find("qkv is [6912, 2304], expected [3840, 2304]"), std::string::npos);
  EXPECT_NE(text.find("1 unexpected:\n    layers.0.nrm"), std::string::npos);
}

TEST(LoadReport, OneKindHasItsOwnCode) {
  LoadReport missing, shaped, unexpected;
  missing.missing = {"a"};
  shaped.mis_shaped = {{"a", {1}, {2}}};
  unexpected.unexpected = {"a"};
  EXPECT_EQ(missing.error(Strictness::strict).code(), "weights.missing");
  EXPECT_EQ(shaped.error(Strictness::strict).code(), "weights.shape_mismatch");
  EXPECT_EQ(unexpected.error(Strictness::strict).code(), "weights.unexpected");
  EXPECT_FALSE(unexpected.acceptable(Strictness::strict));
  EXPECT_TRUE(unexpected.acceptable(Strictness::allow_unexpected));
}

}  // namespace
}  // namespace newbie::io
