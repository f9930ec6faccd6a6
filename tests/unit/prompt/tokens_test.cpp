/// From bytes to tokens: owners, weights, and what lies beyond the limits.

#include "prompt/tokens.h"

#include "support.h"

namespace newbie::prompt {
namespace {

/// A marker, then one token per `width` bytes.
struct ChunkTokenizer : TokenizerView {
  explicit ChunkTokenizer(size_t bytes) : width(bytes) {}
  size_t width;
  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> out{{2, {0, 0}}};
    for (size_t at = 0; at < text.size(); at += width) {
      out.push_back({static_cast<int64_t>(at), {at, std::min(at + width, text.size())}});
    }
    return out;
  }
};

CompiledText compiled_without_system(const std::string& source) {
  CompileOptions options;
  options.parse.kind = InputKind::tags;
  options.system = "none";
  return compile(source, "", options).positive;
}

TEST(Tokens, belong_to_the_spans_they_touch) {
  const CompiledText compiled = compiled_without_system("abcd, efgh");
  const TokenMap map = map_tokens(compiled, Encoder::gemma, ChunkTokenizer(3));
  ASSERT_EQ(map.count(), 5U);
  ASSERT_EQ(compiled.spans.size(), 3U);
  EXPECT_EQ(map.spans[0], (TokenRange{1, 5}));
  EXPECT_EQ(map.spans[1], (TokenRange{1, 3}));  // abcd: "abc", "d, "
  EXPECT_EQ(map.spans[2], (TokenRange{3, 5}));  // efgh: "efg", "h"
}

TEST(Tokens, across_a_border_take_the_mean_of_their_bytes) {
  const TokenMap map =
      map_tokens(compiled_without_system("(abcd:1.6), efgh"), Encoder::gemma, ChunkTokenizer(3));
  ASSERT_EQ(map.weights.size(), 5U);
  EXPECT_DOUBLE_EQ(map.weights[0], 1);
  EXPECT_DOUBLE_EQ(map.weights[1], 1.6);
  EXPECT_DOUBLE_EQ(map.weights[2], (1.6 + 1 + 1) / 3);
  EXPECT_DOUBLE_EQ(map.weights[3], 1);
}

TEST(Tokens, of_the_system_prompt_are_apart) {
  CompileOptions options;
  options.system = "custom";
  options.custom_system = "abcdef";
  const CompiledText compiled = compile("A cat.", "", options).positive;
  const TokenMap gemma = map_tokens(compiled, Encoder::gemma, ChunkTokenizer(3));
  EXPECT_EQ(gemma.system, (TokenRange{1, 3}));
  EXPECT_EQ(gemma.spans[0].begin, 3U);
  const TokenMap jina = map_tokens(compiled, Encoder::jina, ChunkTokenizer(3));
  EXPECT_EQ(jina.system, (TokenRange{}));
  EXPECT_EQ(jina.spans[0].begin, 1U);
}

TEST(Tokens, beyond_the_limits_are_told_by_element) {
  CompileOptions options;
  options.system = "none";
  const CompiledText compiled =
      compile("<general_tags><style>aaaa, bbbb</style><quality>cccc</quality></general_tags>", "",
              options)
          .positive;
  const size_t style_end = compiled.caption.find("</style>");
  // One token per byte and a marker: the limit cuts two bytes before the end of style's value.
  const TokenMap map = map_tokens(compiled, Encoder::gemma, ChunkTokenizer(1),
                                  {style_end - 1, compiled.caption.size() - 10});
  ASSERT_EQ(map.beyond_trained.size(), 2U);
  EXPECT_EQ(map.beyond_trained[0].path, "general_tags.style");
  EXPECT_EQ(map.beyond_trained[0].tokens, 2 + std::string("</style>").size());
  EXPECT_FALSE(map.beyond_trained[0].entirely);
  EXPECT_EQ(map.beyond_trained[1].path, "general_tags.quality");
  EXPECT_TRUE(map.beyond_trained[1].entirely);
  EXPECT_TRUE(map.beyond_positions.empty());
  EXPECT_TRUE(map_tokens(compiled, Encoder::gemma, ChunkTokenizer(1)).beyond_trained.empty());
}

TEST(Tokens, of_nothing_are_none) {
  const TokenMap map = map_tokens(compiled_without_system(""), Encoder::jina, ChunkTokenizer(3));
  EXPECT_EQ(map.count(), 1U);
  EXPECT_TRUE(map.spans.empty());
}

}  // namespace
}  // namespace newbie::prompt
