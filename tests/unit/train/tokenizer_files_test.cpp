// The files of a new model's tokenizers: what upstream's Python reads gives the ids of the
// SentencePiece models beside it.
#include <algorithm>

#include "base/json.h"
#include "models/model_folder.h"
#include "support.h"
#include "text/tokenizer.h"
#include "train/tokenizer/write_tokenizers.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie";

Json json_of(const fs::path& file) { return parse_json(read_file(file), file.string()).value(); }

void copy_configs(const fs::path& model) {
  for (const char* part : {"transformer", "text_encoder", "clip_model"}) {
    fs::create_directories(model / part);
    fs::copy_file(kGolden / part / "config.json", model / part / "config.json");
  }
}

/// A folder with the golden model's vocabulary sizes and tokenizers of its own, made once.
class TokenizerFiles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    copy_configs(root());
    written_ = write_tokenizers(root(), world_corpus(3, 60));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static const fs::path& root() { return folder_->path(); }
  static fs::path gemma(const char* file) { return root() / "text_encoder" / file; }
  static fs::path clip(const char* file) { return root() / "clip_model" / file; }

  static inline std::unique_ptr<test::TemporaryFolder> folder_;
  static inline std::vector<fs::path> written_;
};

/// Captions, templates and table words that the vocabularies were not trained on, and what no world
/// writes.
std::vector<std::string> unseen(bool for_gemma) {
  const TextCorpus other = world_corpus(99, 40);
  std::vector<std::string> texts = for_gemma ? other.gemma : other.clip;
  for (const char* text : {"",
                           " ",
                           "\n",
                           "  two  spaces\n\n\nand\tbreaks \n",
                           "\r\n\r\n",
                           "1girl, 23 flowers, 3.14",
                           "一个红发女孩站在雪地里，微笑着。背景是夜空和月亮。",
                           "两个女孩，左边穿蓝色连衣裙，右边戴帽子。",
                           "龍が飛ぶ 🐉👩‍👩‍👧 空",
                           "<character_1>\n<n>a</n></character_1>",
                           "<clothing><clothing",
                           "<style>x",
                           "<bos>a<eos><pad><unk>",
                           "<s>a</s><mask> b <mask>",
                           "a <mask>b",
                           "<0x0A>",
                           "▁a▁▁b ▁",
                           "Ünïcödé \xE2\x80\x8D e\xCC\x81",
                           "ＡＢ\u3000x ①½ﬁ ㎡ カ\u3099 \u200B\u00A0\u2028|",
                           "\u0001\u007F\uFEFF\uFFFD\U0010FFFF",
                           "\xFF\xC3 broken \xED\xA0\x80"}) {
    texts.emplace_back(text);
  }
  return texts;
}

void expect_same_tokens(const text::Tokenizer& json, const text::Tokenizer& model,
                        const std::vector<std::string>& texts) {
  ASSERT_EQ(json.vocabulary_size(), model.vocabulary_size());
  for (int32_t id = 0; id < model.vocabulary_size(); ++id)
    ASSERT_EQ(json.piece(id), model.piece(id)) << id;
  for (const std::string& text : texts) {
    ASSERT_EQ(json.encode_with_specials(text), model.encode_with_specials(text)) << text;
  }
  std::string mixed;  // captions cut anywhere: words that none of them has
  for (size_t i = 0; i + 1 < std::min<size_t>(texts.size(), 40); ++i)
    mixed += texts[i].substr(texts[i].size() / 2) + texts[i + 1].substr(0, texts[i + 1].size() / 3);
  EXPECT_EQ(json.encode(mixed), model.encode(mixed));
}

TEST_F(TokenizerFiles, AreTheFilesThatUpstreamReads) {
  std::vector<fs::path> expected;
  for (const char* name :
       {"tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}) {
    expected.push_back(gemma(name));
  }
  for (const char* name : {"sentencepiece.bpe.model", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json"}) {
    expected.push_back(clip(name));
  }
  EXPECT_EQ(written_, expected);
  for (const fs::path& file : written_) EXPECT_TRUE(fs::is_regular_file(file)) << file;
  const auto entries = std::distance(fs::recursive_directory_iterator(root()), {});
  EXPECT_EQ(entries, 3 + 3 + 8) << "folders, configs, tokenizers, and nothing left over";
}

TEST_F(TokenizerFiles, GemmasJsonGivesTheIdsOfItsModel) {
  const auto texts = unseen(true);
  ASSERT_GT(texts.size(), 300u);
  const auto tokenizer = text::load_gemma_tokenizer(gemma("tokenizer.json"));
  EXPECT_EQ(tokenizer->vocabulary_size(),
            json_of(gemma("config.json"))["text_config"]["vocab_size"]);
  expect_same_tokens(*tokenizer, *text::load_gemma_tokenizer(gemma("tokenizer.model")), texts);
}

TEST_F(TokenizerFiles, XlmrsJsonGivesTheIdsOfItsModel) {
  const auto texts = unseen(false);
  ASSERT_GT(texts.size(), 300u);
  const auto tokenizer = text::load_xlmr_tokenizer(clip("tokenizer.json"));
  EXPECT_EQ(tokenizer->vocabulary_size(), json_of(clip("config.json"))["vocab_size"]);
  expect_same_tokens(*tokenizer, *text::load_xlmr_tokenizer(clip("sentencepiece.bpe.model")),
                     texts);
}

TEST_F(TokenizerFiles, HaveTheFormOfTheGoldenOnes) {
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    EXPECT_EQ(json_of(gemma(name)), json_of(kGolden / "tokenizer" / name));
    EXPECT_EQ(json_of(clip(name)), json_of(kGolden / "clip_model" / name));
  }
  for (const char* part : {"normalizer", "pre_tokenizer", "post_processor", "decoder"}) {
    EXPECT_EQ(json_of(gemma("tokenizer.json")).at(part),
              json_of(kGolden / "tokenizer/tokenizer.json").at(part));
    EXPECT_EQ(json_of(clip("tokenizer.json")).at(part),
              json_of(kGolden / "clip_model/tokenizer.json").at(part));
  }
}

TEST_F(TokenizerFiles, TagsOfThePromptLanguageAreAddedTokens) {
  const Json added = json_of(gemma("tokenizer.json")).at("added_tokens");
  for (const std::string& symbol : markup_symbols()) {
    const auto token = std::find_if(added.begin(), added.end(), [&](const Json& entry) {
      return entry.at("content") == symbol;
    });
    ASSERT_NE(token, added.end()) << symbol;
    EXPECT_EQ((*token)["special"], false) << symbol;
    EXPECT_EQ((*token)["normalized"], false) << symbol;
  }
}

TEST_F(TokenizerFiles, LieWhereLoadersLookFirst) {
  EXPECT_EQ(find_model(root()).tokenizer, root() / "text_encoder");
  EXPECT_EQ(find_model(root()).clip_tokenizer, root() / "clip_model");
  const test::TemporaryFolder other;
  copy_configs(other.path());
  for (const char* own : {"tokenizer", "clip_tokenizer"}) fs::create_directory(other.path() / own);
  write_tokenizers(other.path(), world_corpus(3, 60));
  EXPECT_EQ(find_model(other.path()).tokenizer, other.path() / "tokenizer");
  EXPECT_EQ(find_model(other.path()).clip_tokenizer, other.path() / "clip_tokenizer");
  EXPECT_FALSE(fs::exists(other.path() / "text_encoder/tokenizer.json"));
  for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
    EXPECT_EQ(read_file(other.path() / "tokenizer" / name), read_file(gemma(name))) << "same bytes";
  }
}

}  // namespace
}  // namespace newbie::train
