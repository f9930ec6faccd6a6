/// Prompts in three languages through compiler and tokenizer: both texts and every id as upstream
/// has them, and every span leads back to the words it was made from.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "prompt/compile.h"
#include "prompt/tokens.h"
#include "support/golden_folder.h"
#include "text/tokenizer.h"

namespace newbie::prompt {
namespace {

class EncoderTokens : public TokenizerView {
 public:
  explicit EncoderTokens(std::unique_ptr<text::Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}
  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> tokens;
    for (const text::Token& token : tokenizer_->encode_with_specials(text)) {
      tokens.push_back({token.id, token.span});
    }
    return tokens;
  }

 private:
  std::unique_ptr<text::Tokenizer> tokenizer_;
};

const Json& golden() {
  static const Json json = Json::parse(read_file(test::golden_folder() / "goldens" / "text.json"));
  return json;
}

/// The golden row whose text begins and ends so.
const Json& row_with(std::string_view begin, std::string_view end) {
  for (const Json& row : golden()["strings"]) {
    const std::string& text = row["text"].get_ref<const std::string&>();
    if (text.starts_with(begin) && text.ends_with(end)) return row;
  }
  throw std::runtime_error("no golden text begins with " + std::string(begin));
}

class PromptTokens : public ::testing::Test {
 protected:
  const std::filesystem::path model_ = test::golden_model_folder();
  const EncoderTokens gemma_{text::load_gemma_tokenizer(model_ / "tokenizer")};
  const EncoderTokens jina_{text::load_xlmr_tokenizer(model_ / "clip_model")};

  void expect_ids(const TokenMap& map, const Json& ids) {
    std::vector<int64_t> got;
    for (const Token& token : map.tokens) got.push_back(token.id);
    EXPECT_EQ(got, ids.get<std::vector<int64_t>>());
  }

  /// Tokens come in order, reach both ends, and each span's tokens spell its words.
  void expect_spans(const TokenMap& map, const CompiledText& compiled, std::string_view text,
                    size_t caption_offset) {
    size_t end = 0;
    for (const Token& token : map.tokens) {
      if (token.span.empty()) continue;
      EXPECT_LE(token.span.begin, end) << "no byte is skipped";
      end = std::max(end, token.span.end);
    }
    EXPECT_EQ(end, text.size());
    ASSERT_EQ(map.spans.size(), compiled.spans.size());
    for (size_t i = 0; i < compiled.spans.size(); ++i) {
      const TextSpan span{compiled.spans[i].span.begin + caption_offset,
                          compiled.spans[i].span.end + caption_offset};
      if (span.empty()) continue;
      size_t first = text.size(), last = 0;
      for (size_t t = map.spans[i].begin; t < map.spans[i].end; ++t) {
        if (map.tokens[t].span.empty()) continue;
        first = std::min(first, map.tokens[t].span.begin);
        last = std::max(last, map.tokens[t].span.end);
      }
      EXPECT_LE(first, span.begin) << compiled.spans[i].path;
      EXPECT_GE(last, span.end) << compiled.spans[i].path;
    }
  }

  void expect_golden(const std::string& prompt, const CompileOptions& options,
                     const Json& gemma_row, const Json& jina_row) {
    const CompiledText compiled = compile(prompt, "", options).positive;
    EXPECT_EQ(compiled.gemma, gemma_row["text"]);
    EXPECT_EQ(compiled.jina, jina_row["text"]);
    const TokenMap gemma = map_tokens(compiled, Encoder::gemma, gemma_);
    expect_ids(gemma, gemma_row["gemma_special"]);
    expect_spans(gemma, compiled, compiled.gemma, compiled.gemma_caption_offset);
    expect_ids(map_tokens(compiled, Encoder::jina, jina_), jina_row["clip_special"]);
  }
};

TEST_F(PromptTokens, EnglishXmlWithASystemPrompt) {
  const Json& bare = row_with("<character_1>\n<n>$character_1$</n>", "</general_tags>");
  const Json& whole = row_with("You are an assistant", "</general_tags>");
  CompileOptions options;
  options.system = "train-text";
  expect_golden(bare["text"], options, whole, bare);
}

TEST_F(PromptTokens, EnglishTagsWithASystemPrompt) {
  const Json& bare = row_with("1girl, solo, blue_hair", "best_quality");
  const Json& whole = row_with("You are an assistant", "best_quality");
  expect_golden(bare["text"], {}, whole, bare);
}

TEST_F(PromptTokens, ChineseSentences) {
  const Json& row = row_with("一个剑客", "笔触。");
  CompileOptions options;
  options.system = "none";
  expect_golden(row["text"], options, row, row);
}

TEST_F(PromptTokens, EnglishAndChineseInOneText) {
  const Json& row = row_with("Two girls in school uniforms", "粉色头发。");
  CompileOptions options;
  options.system = "none";
  expect_golden(row["text"], options, row, row);
}

TEST_F(PromptTokens, JapaneseAmongOthers) {
  const Json& row = row_with("A knight in silver armor", "雨。");
  CompileOptions options;
  options.system = "none";
  options.layout = Layout::raw;  // keeps the line breaks as typed
  expect_golden(row["text"], options, row, row);
}

TEST_F(PromptTokens, WeightsFallOnTheTokensOfTheirWords) {
  const CompiledText compiled =
      compile("<character_1><n>x</n><appearance>(blue_hair:0.6), 双马尾</appearance></character_1>")
          .positive;
  const TokenMap map = map_tokens(compiled, Encoder::gemma, gemma_);
  std::string weighted;
  for (size_t i = 0; i < map.tokens.size(); ++i) {
    if (map.weights[i] != 1) weighted += map.tokens[i].span.of(compiled.gemma);
  }
  EXPECT_THAT(weighted, testing::HasSubstr("blue_hair"));
  EXPECT_LE(weighted.size(), std::string_view(">blue_hair,").size());
}

}  // namespace
}  // namespace newbie::prompt
