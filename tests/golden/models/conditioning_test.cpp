// What weights and isolation do to captions and pictures, on the golden set's networks: nothing
// when they are off, to the bit; what they promise when they are on.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/shape.h"
#include "pipeline/caption_parts.h"
#include "pipeline/guided_transformer.h"
#include "prompt/compile.h"
#include "prompt/tokens.h"
#include "support/compare.h"
#include "support/tiny_model.h"
#include "tensor/rng.h"

namespace newbie::test {
namespace {

using pipeline::Isolation;
using pipeline::IsolationDepth;
using pipeline::PromptIds;
using pipeline::WeightLaw;

struct View final : prompt::TokenizerView {
  explicit View(const text::Tokenizer& wrapped) : tokenizer(wrapped) {}
  std::vector<prompt::Token> encode(std::string_view text) const override {
    std::vector<prompt::Token> out;
    for (const auto& token : tokenizer.encode_with_specials(text)) {
      out.push_back({token.id, token.span});
    }
    return out;
  }
  const text::Tokenizer& tokenizer;
};

std::string two(const std::string& first, const std::string& second) {
  return fmt::format(
      "<character_1>\n<n>miku</n>\n<appearance>{}</appearance>\n<position>left</position>\n"
      "</character_1>\n\n<character_2>\n<n>rin</n>\n<appearance>{}</appearance>\n"
      "<position>right</position>\n</character_2>\n\n<general_tags>\n<style>anime</style>\n"
      "</general_tags>",
      first, second);
}

bool same(const Tensor& a, const Tensor& b) { return a.to_floats() == b.to_floats(); }

class Conditioning : public ::testing::Test {
 protected:
  void SetUp() override {
    const ModelFolder model = golden_model();
    if (model.root.empty()) GTEST_SKIP() << "this set has no model folder";
    const auto use = weight_use(DType::f32);
    tokenizer_ = load_gemma_tokenizer(model);
    encoder_.emplace(pipeline::load_text_encoder(model, use));
    transformer_.emplace(pipeline::load_transformer(model, use));
  }

  PromptIds ids(const std::string& prompt) const {
    const auto text = prompt::compile(prompt).positive;
    const auto tokens = prompt::map_tokens(text, prompt::Encoder::gemma, View(*tokenizer_));
    PromptIds out = pipeline::tokenize(*tokenizer_, nullptr, text.gemma, "", 0);
    out.weights = pipeline::token_weights(tokens, out.gemma.size());
    out.characters = pipeline::token_characters(text, tokens, out.gemma.size());
    return out;
  }

  Tensor encode(const PromptIds& prompt, const pipeline::EncodeOptions& options = {}) const {
    return pipeline::encode_captions(*encoder_, {prompt}, options)[0];
  }

  /// The rows of one character after the context refiner.
  Tensor refined(const std::string& prompt, int32_t character, IsolationDepth depth,
                 double strength = 1) const {
    const PromptIds tokens = ids(prompt);
    const Isolation isolation{
        .strength = strength, .depth = depth, .characters = tokens.characters, .places = {}};
    const Tensor caption = encode(tokens, {.isolation = isolation.in_encoder()});
    const Tensor all = refine_isolated(*transformer_, caption, isolation).features;
    std::vector<int64_t> rows;
    for (size_t i = 0; i < tokens.characters.size(); ++i) {
      if (tokens.characters[i] == character) rows.push_back(static_cast<int64_t>(i));
    }
    EXPECT_GT(rows.size(), 3u);
    return ops::take_rows(all, rows);
  }

  /// The velocities of two images at a time, guided.
  diffusion::Halves velocity(const PromptIds& prompt, const Isolation& isolation, double time,
                             double unconditional_shift = 0) const {
    const auto captions = pipeline::encode_captions(*encoder_, {prompt, ids("")});
    const int64_t pooled = transformer_->config().clip_text_dim;
    const auto text = [&](double value) {
      return there(
          Tensor::from(std::vector<float>(static_cast<size_t>(pooled), static_cast<float>(value)),
                       Shape{1, pooled}, Device::cpu()));
    };
    const pipeline::GuidedTransformer field(*transformer_, {captions[0], text(0.1)},
                                            {captions[1], text(unconditional_shift)}, isolation);
    const Tensor x = gaussian_noise(RngKind::newbie, std::vector<uint64_t>{1, 2},
                                    {transformer_->config().in_channels, 12, 16}, test_device());
    return field(x, {.sigma = 1 - time, .step = 0, .steps = 4}, {0, 1});
  }

  std::unique_ptr<text::Tokenizer> tokenizer_;
  std::optional<gemma3::Gemma3> encoder_;
  std::optional<next_dit::NextDiT> transformer_;
};

TEST_F(Conditioning, WeightsOfOneChangeNothingToTheBit) {
  const PromptIds plain = ids("1girl, blue_hair, smile");
  PromptIds bare = plain;
  bare.weights.clear();
  for (auto law : {WeightLaw::scale, WeightLaw::mean, WeightLaw::empty, WeightLaw::compel}) {
    EXPECT_TRUE(same(encode(plain, {.weights = law}), encode(bare, {.weights = WeightLaw::off})));
  }
  EXPECT_EQ(ids("1girl, (blue_hair:1.0), smile").gemma, plain.gemma);
}

TEST_F(Conditioning, EveryLawMovesWeightedTokensAndOnlyThem) {
  const PromptIds plain = ids("1girl, blue_hair, smile");
  for (const char* prompt : {"1girl, (blue_hair:0.5), smile", "1girl, (blue_hair:1.5), smile"}) {
    const PromptIds weighted = ids(prompt);
    ASSERT_EQ(weighted.gemma, plain.gemma) << "no symbol of a weight reaches the encoder";
    const Tensor before = encode(plain);
    EXPECT_TRUE(same(encode(weighted, {.weights = WeightLaw::off}), before));
    for (auto law : {WeightLaw::scale, WeightLaw::mean, WeightLaw::empty, WeightLaw::compel}) {
      const Tensor after = encode(weighted, {.weights = law});
      int moved = 0;
      for (size_t i = 0; i < plain.gemma.size(); ++i) {
        const auto row = static_cast<int64_t>(i);
        const bool equal = same(before.slice(row, row + 1), after.slice(row, row + 1));
        EXPECT_EQ(equal, weighted.weights[i] == 1.0f) << "token " << i << " of " << prompt;
        moved += !equal;
      }
      EXPECT_GT(moved, 0);
    }
  }
}

TEST_F(Conditioning, AWeightOfZeroReadsAsTheEmptyPrompt) {
  const PromptIds gone = ids("1girl, (blue_hair:0), smile");
  const Tensor features = encode(gone, {.weights = WeightLaw::scale});
  const auto zero = std::ranges::find(gone.weights, 0.0f) - gone.weights.begin();
  const auto row = features.slice(zero, zero + 1).to_floats();
  const auto empty = encode(ids("")).slice(0, 1).to_floats();
  double dot = 0, a = 0, b = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    dot += double{row[i]} * empty[i], a += double{row[i]} * row[i],
        b += double{empty[i]} * empty[i];
  }
  EXPECT_NEAR(dot / std::sqrt(a * b), 1.0, 1e-6);
}

TEST_F(Conditioning, IsolatedCharactersDoNotFeelEachOther) {
  const std::string red = "red_hair, short_hair", blue = "blue_hair, very_long_hair, ahoge, blush";
  for (auto depth : {IsolationDepth::encoder, IsolationDepth::joint}) {
    EXPECT_TRUE(same(refined(two(red, red), 1, depth), refined(two(red, blue), 1, depth)))
        << "character 2 reached character 1";
    EXPECT_TRUE(same(refined(two(red, red), 2, depth), refined(two(blue, red), 2, depth)))
        << "character 1 reached character 2, though only its length and words changed";
    EXPECT_FALSE(same(refined(two(red, red), 1, depth), refined(two(blue, red), 1, depth)))
        << "a character must still say what it is";
  }
  // Without isolation both directions leak, or this test would show nothing.
  const auto depth = IsolationDepth::encoder;
  EXPECT_FALSE(same(refined(two(red, red), 1, depth, 0), refined(two(red, blue), 1, depth, 0)));
  EXPECT_FALSE(same(refined(two(red, red), 2, depth, 0), refined(two(blue, red), 2, depth, 0)));
}

TEST_F(Conditioning, IsolationOfTheRefinerAloneGuardsTheFirstCharacter) {
  // Gemma reads from left to right: the later character's features know the earlier one.
  const auto depth = IsolationDepth::refiner;
  EXPECT_TRUE(same(refined(two("red_hair", "red_hair"), 1, depth),
                   refined(two("red_hair", "blue_hair"), 1, depth)));
  EXPECT_FALSE(same(refined(two("red_hair", "red_hair"), 2, depth),
                    refined(two("blue_hair", "red_hair"), 2, depth)));
}

TEST_F(Conditioning, IsolationThatIsOffIsNotThere) {
  const PromptIds prompt = ids(two("red_hair", "blue_hair"));
  const auto plain = velocity(prompt, {}, 0.1);
  Isolation none{.strength = 0,
                 .depth = IsolationDepth::joint,
                 .characters = prompt.characters,
                 .places = {{1, {0, 0, 450, 1000}}}};
  const auto off = velocity(prompt, none, 0.1);
  EXPECT_TRUE(same(plain.conditional, off.conditional));
  EXPECT_TRUE(same(plain.unconditional, off.unconditional));
}

TEST_F(Conditioning, RegionsActUntilTheirReleaseAndOnTheConditionalHalfAlone) {
  const PromptIds prompt = ids(two("red_hair", "blue_hair"));
  // Places without text isolation: the depth is of the refiner and both see one character.
  Isolation region{.strength = 1,
                   .depth = IsolationDepth::refiner,
                   .characters = prompt.characters,
                   .places = {{1, {0, 0, 450, 1000}}, {2, {550, 0, 1000, 1000}}},
                   .border = 0.05,
                   .release = 0.5};
  Isolation open = region;
  open.places.clear();
  const auto held = velocity(prompt, region, 0.1), free = velocity(prompt, open, 0.1);
  EXPECT_FALSE(same(held.conditional, free.conditional));
  EXPECT_TRUE(same(held.unconditional, free.unconditional));
  EXPECT_TRUE(
      same(velocity(prompt, region, 0.5).conditional, velocity(prompt, open, 0.5).conditional))
      << "released";
  // Both images of the batch are held back: each alone gives the same picture.
  EXPECT_FALSE(same(held.conditional.slice(1, 2), free.conditional.slice(1, 2)));
  EXPECT_FALSE(same(held.conditional.slice(0, 1), free.conditional.slice(0, 1)));
}

TEST_F(Conditioning, BeingWatchedChangesNothing) {
  const PromptIds prompt = ids("1girl, blue_hair");
  const auto captions = pipeline::encode_captions(*encoder_, {prompt, ids("")});
  pipeline::GuidedTransformer field(*transformer_, {captions[0], {}}, {captions[1], {}});
  const Tensor x = gaussian_noise(RngKind::newbie, std::vector<uint64_t>{1},
                                  {transformer_->config().in_channels, 8, 8}, test_device());
  const auto plain = field(x, {.sigma = 0.5, .step = 0, .steps = 1}, {0});
  int64_t seen = 0;
  field.on_attention = [&](const next_dit::AttentionView& view) {
    EXPECT_EQ(view.layer, seen++);
    EXPECT_EQ(view.sequences.count(), 2);
    EXPECT_EQ(view.q.dim(0), view.sequences.rows());
  };
  const auto watched = field(x, {.sigma = 0.5, .step = 0, .steps = 1}, {0});
  EXPECT_EQ(seen, transformer_->config().n_layers);
  EXPECT_TRUE(same(plain.conditional, watched.conditional));
  EXPECT_TRUE(same(plain.unconditional, watched.unconditional));
}

}  // namespace
}  // namespace newbie::test
