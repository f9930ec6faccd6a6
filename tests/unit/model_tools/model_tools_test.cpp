// Synthetic models and the golden tiny model through every layout and back.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/file.h"
#include "io/safetensors_writer.h"
#include "model_tools/convert.h"
#include "model_tools/info.h"
#include "model_tools/synth.h"
#include "model_tools/synth_tokenizer.h"
#include "model_tools/synth_values.h"
#include "model_tools/verify.h"
#include "models/loading.h"
#include "support/errors.h"
#include "text/tokenizer.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

const fs::path kTiny = NEWBIE_TEST_DATA "/golden/tiny-newbie";

class Scratch {
 public:
  Scratch()
      : root_(fs::temp_directory_path() /
              (std::string("newbie_model_tools_") + std::to_string(::getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::string flat = root_.filename().string();
    std::ranges::replace(flat, '/', '_');
    root_ = fs::temp_directory_path() / flat;
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~Scratch() { fs::remove_all(root_); }
  fs::path operator/(const char* name) const { return root_ / name; }

 private:
  fs::path root_;
};

using test::code_of;

const OpenedPart& part_of(const OpenedModel& model, Part part) {
  for (const OpenedPart& opened : model.parts) {
    if (opened.description.part == part) return opened;
  }
  throw Error("test", "no such part");
}

/// Every tensor of `a` is in `b` with the same bytes, and the other way round.
void expect_same_tensors(const fs::path& a, const fs::path& b) {
  const OpenedModel first = open_model(a), second = open_model(b);
  ASSERT_EQ(first.parts.size(), second.parts.size());
  const Device device = Device::cpu(1);
  for (const OpenedPart& part : first.parts) {
    const OpenedPart& other = part_of(second, part.description.part);
    ASSERT_EQ(part.weights->names(), other.weights->names());
    EXPECT_EQ(part.description.config, other.description.config);
    for (const std::string& name : part.weights->names()) {
      const Tensor x = part.weights->tensor(name, device), y = other.weights->tensor(name, device);
      ASSERT_EQ(x.str(), y.str()) << name;
      ASSERT_EQ(0, std::memcmp(x.raw(), y.raw(), x.bytes())) << name;
    }
  }
}

class Layouts : public testing::TestWithParam<Layout> {};

TEST_P(Layouts, GoldenModelGoesThereAndBackBitForBit) {
  const Scratch scratch;
  convert_model(kTiny, scratch / "there", {.layout = GetParam()});
  expect_same_tensors(kTiny, scratch / "there");
  convert_model(scratch / "there", scratch / "back", {.layout = Layout::diffusers});
  expect_same_tensors(kTiny, scratch / "back");
  const auto report = verify_model(scratch / "there", {.threads = 1});
  for (const Finding& finding : report.findings) ADD_FAILURE() << finding.text;
}

TEST_P(Layouts, IsRecognisedInSyntheticModels) {
  const Scratch scratch;
  synth_model(preset("tiny"), scratch / "m",
              {.layout = GetParam(), .dtype = DType::f32, .seed = 3});
  const ModelInfo info = inspect_model(scratch / "m", Hashes::none);
  const std::string letters[] = {"A", "A2", "B"};
  EXPECT_EQ(info.layout, letters[static_cast<size_t>(GetParam())]);
  EXPECT_EQ(info.parts.size(), 4u);
  const auto report = verify_model(scratch / "m", {.threads = 2});
  for (const Finding& finding : report.findings) ADD_FAILURE() << finding.text;
  // The same values, whatever the layout.
  synth_model(preset("tiny"), scratch / "a", {.dtype = DType::f32, .seed = 3, .threads = 1});
  expect_same_tensors(scratch / "m", scratch / "a");
}

INSTANTIATE_TEST_SUITE_P(All, Layouts,
                         testing::Values(Layout::diffusers, Layout::diffusers_native,
                                         Layout::comfyui),
                         [](const auto& tested) {
                           std::string name(name_of(tested.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(Convert, PooledModulesWithForeignNamesAreFoundByTheirShapes) {
  const Scratch scratch;
  convert_model(kTiny, scratch / "native", {.layout = Layout::diffusers_native});
  const fs::path file = scratch / "native" / "transformer/diffusion_pytorch_model.safetensors";
  std::string bytes = read_file(file);
  // Same length, so that the header stays where it is.
  for (const auto& [from, to] :
       {std::pair("\"clip_text_pooled_proj.0.", "\"some_other_normx_proj.0."),
        std::pair("\"clip_text_pooled_proj.1.", "\"some_other_textx_proj.1."),
        std::pair("\"time_text_embed.1.", "\"time_and_text_x.1.")}) {
    for (size_t at; (at = bytes.find(from)) != std::string::npos;) {
      bytes.replace(at, std::strlen(from), to);
    }
  }
  write_file(file, bytes);
  expect_same_tensors(kTiny, scratch / "native");
  EXPECT_EQ(part_of(open_model(scratch / "native"), Part::transformer).weights->notes().size(), 3u);
}

TEST(Convert, OriginalTrainingWeightsAreLayoutC) {
  const Scratch scratch;
  fs::copy_file(kTiny / "transformer/diffusion_pytorch_model.safetensors",
                scratch / "consolidated.00-of-01.safetensors");
  fs::copy_file(kTiny / "transformer/config.json", scratch / "config.json");
  const OpenedModel model = open_model(scratch / "");
  EXPECT_EQ(model.layout, "C");
  EXPECT_EQ(model.parts[0].weights->names().size(), 106u);
}

TEST(Convert, ChangesTheElementTypeOfParametersOnly) {
  const Scratch scratch;
  convert_model(kTiny, scratch / "half", {.layout = Layout::comfyui, .dtype = DType::bf16});
  const OpenedModel model = open_model(scratch / "half");
  const Tensor ours = part_of(open_model(kTiny), Part::vae)
                          .weights->tensor("decoder.conv_in.weight", Device::cpu(1));
  const auto exact = ours.to_floats();
  const auto rounded = part_of(model, Part::vae)
                           .weights->tensor("decoder.conv_in.weight", Device::cpu(1))
                           .to_floats();
  ASSERT_EQ(exact.size(), rounded.size());
  for (size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(rounded[i], to_float(to_bf16(exact[i]))) << i;
  }
  const auto spiece =
      part_of(model, Part::text_encoder).weights->extra("spiece_model", Device::cpu(1));
  ASSERT_TRUE(spiece);
  EXPECT_EQ(spiece->dtype(), DType::u8);
}

TEST(Convert, CarriesLicenceAndMetadataAlong) {
  const Scratch scratch;
  fs::copy(kTiny, scratch / "in", fs::copy_options::recursive);
  write_file(scratch / "in/LICENSE.md", "do as you are told");
  const auto report = convert_model(scratch / "in", scratch / "out", {.layout = Layout::comfyui});
  EXPECT_EQ(read_file(scratch / "out/LICENSE.md"), "do as you are told");
  const OpenedModel model = open_model(scratch / "out");
  EXPECT_EQ(part_of(model, Part::vae).weights->metadata().at("format"), "pt");
}

TEST(Convert, RefusesAFullFolderAndIncompleteWeights) {
  const Scratch scratch;
  write_file(scratch / "x", "y");
  EXPECT_EQ(code_of([&] { convert_model(kTiny, scratch / "", {}); }), "file.exists");
  EXPECT_EQ(code_of([&] { convert_model(scratch / "nowhere", scratch / "o", {}); }),
            "file.missing");
  EXPECT_EQ(code_of([&] { preset("huge"); }), "request.field");
  EXPECT_EQ(code_of([&] { layout_from_name("gguf"); }), "request.field");
}

TEST(Convert, StopsCleanlyWhenProgressThrows) {
  const Scratch scratch;
  EXPECT_EQ(code_of([&] {
              convert_model(kTiny, scratch / "o", {}, [](std::string_view, uint64_t, uint64_t) {
                throw Error("request.cancelled", "stop");
              });
            }),
            "request.cancelled");
  EXPECT_FALSE(fs::exists(scratch / "o/transformer/diffusion_pytorch_model.safetensors"));
}

/// A copy of the golden VAE with one value replaced.
fs::path spoiled_vae(const Scratch& scratch, float value) {
  fs::copy(kTiny / "vae", scratch / "vae", fs::copy_options::recursive);
  const fs::path file = scratch / "vae/diffusion_pytorch_model.safetensors";
  const auto entry = *io::SafetensorsFile::open(file).find("decoder.conv_out.bias");
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(entry.begin + 4));
  stream.write(reinterpret_cast<const char*>(&value), 4);
  stream.close();
  return scratch / "vae";
}

TEST(Verify, NamesTensorsWithNanAndInfinity) {
  for (const float bad : {NAN, INFINITY}) {
    const Scratch scratch;
    const auto report = verify_model(spoiled_vae(scratch, bad), {.threads = 2});
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.findings[0].code, "weights.not_finite");
    EXPECT_NE(report.findings[0].text.find("decoder.conv_out.bias has"), std::string::npos);
    fs::remove_all(scratch / "vae");
  }
}

TEST(Verify, KnowsNanInEveryFloatingType) {
  struct Case {
    DType dtype;
    std::vector<uint8_t> bytes;  ///< one finite, one NaN, one infinity where there is one
    uint64_t infinities;
  };
  const std::vector<Case> cases{{DType::f32, {0, 0, 0, 0, 1, 0, 0x80, 0x7F, 0, 0, 0x80, 0xFF}, 1},
                                {DType::bf16, {0, 0, 0x81, 0x7F, 0x80, 0x7F}, 1},
                                {DType::f16, {0, 0, 1, 0x7C, 0, 0xFC}, 1},
                                {DType::f8_e4m3, {0, 0x7F, 0x7E}, 0},
                                {DType::f8_e5m2, {0, 0x7D, 0x7C}, 1}};
  const Scratch scratch;
  for (const Case& tested : cases) {
    const fs::path file = scratch / "x.safetensors";
    const auto count = static_cast<int64_t>(tested.bytes.size() / size_of(tested.dtype));
    io::SafetensorsWriter writer(file, {{"t", tested.dtype, {count}}});
    writer.append(std::as_bytes(std::span(tested.bytes)));
    writer.commit();
    const auto found = find_not_finite(io::SafetensorsFile::open(file), 1);
    ASSERT_EQ(found.size(), 1u) << name_of(tested.dtype);
    EXPECT_EQ(found[0].nans, 1u) << name_of(tested.dtype);
    EXPECT_EQ(found[0].infinities, tested.infinities) << name_of(tested.dtype);
  }
}

TEST(Verify, TellsContradictionsAndHashes) {
  const Scratch scratch;
  fs::copy(kTiny, scratch / "m", fs::copy_options::recursive);
  std::string config = read_file(scratch / "m/transformer/config.json");
  config.replace(config.find("\"n_layers\": 3"), 13, "\"n_layers\": 4");
  write_file(scratch / "m/transformer/config.json", config);
  const std::string vae = "vae/diffusion_pytorch_model.safetensors";
  write_file(scratch / "sums", sha256_of(scratch / "m" / vae) + "  " + vae + "\n" +
                                   std::string(64, '0') + "  vae/config.json\nnonsense\n");
  const auto report =
      verify_model(scratch / "m", {.values = false, .hash_list = scratch / "sums", .threads = 1});
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings) codes.push_back(finding.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"config.contradicts_weights", "hash.mismatch",
                                             "hash.bad_line"}));
}

TEST(Verify, TellsEveryMissingAndUnexpectedTensor) {
  const Scratch scratch;
  fs::copy(kTiny / "vae", scratch / "vae", fs::copy_options::recursive);
  std::string bytes = read_file(scratch / "vae/diffusion_pytorch_model.safetensors");
  for (const char* name : {"\"encoder.conv_norm_out.bias\"", "\"decoder.conv_norm_out.bias\""}) {
    bytes[bytes.find(name) + 9] = 'X';
  }
  write_file(scratch / "vae/diffusion_pytorch_model.safetensors", bytes);
  const auto report = verify_model(scratch / "vae", {.values = false, .threads = 1});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].code, "weights.mismatch");
  EXPECT_NE(report.findings[0].text.find("2 missing"), std::string::npos);
  EXPECT_NE(report.findings[0].text.find("2 unexpected"), std::string::npos);
}

TEST(SynthValues, DependOnSeedNameAndIndexOnly) {
  const io::TensorSpec spec{"layers.0.w", {300, 1000}};
  const ValueRule rule = value_rule("next_dit", spec);
  std::vector<float> whole(300'000), parts(300'000);
  const auto fill = [&](std::vector<float>& out, size_t begin, size_t count, int threads) {
    fill_values(7, spec, rule, DType::f32, begin,
                std::as_writable_bytes(std::span(out).subspan(begin, count)), threads);
  };
  fill(whole, 0, 300'000, 3);
  fill(parts, 0, 12'345, 1);
  fill(parts, 12'345, 287'655, 2);
  EXPECT_EQ(whole, parts);
  double sum = 0, squares = 0;
  for (const float value : whole) sum += value, squares += value * value;
  EXPECT_NEAR(sum / 300'000, 0, 2e-4);
  EXPECT_NEAR(std::sqrt(squares / 300'000), 1 / std::sqrt(1000.0), 2e-4);
  fill_values(8, spec, rule, DType::f32, 0, std::as_writable_bytes(std::span(parts)), 1);
  EXPECT_NE(whole, parts);
}

TEST(SynthTokenizers, LoadAtFullSizeWithTheRightNumberOfIds) {
  const std::string gemma = synth_gemma_tokenizer(262144);
  const auto bpe = text::load_gemma_tokenizer(std::as_bytes(std::span(gemma)));
  // One more than the pieces: `<image_soft_token>` follows them.
  EXPECT_EQ(bpe->vocabulary_size(), 262145);
  EXPECT_EQ(bpe->bos_id(), 2);
  EXPECT_EQ(bpe->id_of("<start_of_turn>"), 105);
  EXPECT_EQ(bpe->id_of("<end_of_image>"), 256000);
  const auto ids = text::ids_of(bpe->encode("a girl, \xE5\xA5\xB3"));
  EXPECT_EQ(bpe->decode(ids), "a girl, \xE5\xA5\xB3");
  const std::string xlmr = synth_xlmr_tokenizer(250000);
  const auto unigram = text::load_xlmr_tokenizer(std::as_bytes(std::span(xlmr)));
  EXPECT_EQ(unigram->vocabulary_size(), 250002);
  EXPECT_EQ(unigram->bos_id(), 0);
}

TEST(Presets, HaveThePublishedSizes) {
  const auto parameters = [](const char* name, Part part) {
    int64_t total = 0;
    for (const PartDescription& description : preset(name).parts) {
      if (description.part != part) continue;
      for (const io::TensorSpec& spec : description.expected) total += spec.shape.numel();
    }
    return total;
  };
  EXPECT_EQ(parameters("newbie-exp0.1", Part::transformer), 3'486'636'096);
  EXPECT_EQ(parameters("newbie-exp0.1", Part::text_encoder), 3'880'263'168);
  EXPECT_EQ(parameters("newbie-exp0.1", Part::clip_model), 558'314'496);
  EXPECT_EQ(parameters("newbie-exp0.1", Part::vae), 83'819'683);
  EXPECT_EQ(parameters("lumina-image-2.0", Part::transformer), 2'609'771'456);
}

TEST(Info, CountsParametersAndHashes) {
  const ModelInfo info = inspect_model(kTiny / "vae", Hashes::sha256);
  ASSERT_EQ(info.parts.size(), 1u);
  EXPECT_EQ(info.parts[0].network, "flux_vae");
  EXPECT_EQ(info.parts[0].files[0].sha256.size(), 64u);
  EXPECT_NE(to_text(info).find("1/8 size"), std::string::npos);
  EXPECT_NE(to_json(info).find("\"block_out_channels\""), std::string::npos);
  EXPECT_EQ(code_of([] { inspect_model("/nowhere", Hashes::none); }), "file.missing");
}

}  // namespace
}  // namespace newbie::model_tools
