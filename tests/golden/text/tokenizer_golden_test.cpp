// Token ids against goldens/text.json, from every file of the set that holds a tokenizer.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "support/golden_folder.h"
#include "text/tokenizer.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;

/// The bytes of one tensor of a safetensors file; empty when the file or the tensor is missing.
std::vector<std::byte> tensor_bytes(const fs::path& path, const std::string& name) {
  if (!fs::exists(path)) return {};
  const std::string file = read_file(path);
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), sizeof header_bytes);
  const Json header = parse_json(file.substr(8, header_bytes), path.string()).value();
  if (!header.contains(name)) return {};
  const auto offsets = header[name]["data_offsets"].get<std::array<size_t, 2>>();
  const auto* data = reinterpret_cast<const std::byte*>(file.data()) + 8 + header_bytes;
  return {data + offsets[0], data + offsets[1]};
}

struct Source {
  std::string name;
  std::function<std::unique_ptr<Tokenizer>()> load;
};

using FileLoader = std::unique_ptr<Tokenizer> (*)(const fs::path&);
using BytesLoader = std::unique_ptr<Tokenizer> (*)(std::span<const std::byte>);

/// The sources of one family that the set holds, and how many it lacks.
struct Sources {
  std::vector<Source> present;
  size_t absent = 0;

  void add_file(const fs::path& path, FileLoader loader) {
    if (!fs::exists(path)) return void(++absent);
    present.push_back({path.string(), [=] { return loader(path); }});
  }
  void add_tensor(const fs::path& path, BytesLoader loader) {
    const auto bytes = tensor_bytes(path, "spiece_model");
    if (bytes.empty()) return void(++absent);
    present.push_back({path.string() + ": spiece_model", [=] { return loader(bytes); }});
  }
};

Sources sources_of(const std::string& family) {
  const fs::path model = test::golden_model_folder();
  Sources sources;
  if (family == "gemma") {
    for (const char* folder : {"tokenizer", "text_encoder"}) {
      sources.add_file(model / folder / "tokenizer.json", load_gemma_tokenizer);
      sources.add_file(model / folder / "tokenizer.model", load_gemma_tokenizer);
    }
    sources.add_file(model / "tokenizer", load_gemma_tokenizer);
    sources.add_tensor(model / "text_encoder" / "model.safetensors", load_gemma_tokenizer);
  } else {
    for (const char* folder : {"clip_model", "clip_tokenizer"}) {
      sources.add_file(model / folder / "tokenizer.json", load_xlmr_tokenizer);
      sources.add_file(model / folder / "sentencepiece.bpe.model", load_xlmr_tokenizer);
    }
    sources.add_file(model / "clip_model", load_xlmr_tokenizer);
    sources.add_tensor(model / "clip_model" / "model.safetensors", load_xlmr_tokenizer);
  }
  return sources;
}

void expect_sound_spans(const std::vector<Token>& tokens, size_t size, const std::string& text) {
  size_t begin = 0, end = 0;
  for (const Token& token : tokens) {
    ASSERT_LE(begin, token.span.begin) << text;
    ASSERT_LE(end, token.span.end) << text;
    ASSERT_LE(token.span.begin, token.span.end) << text;
    ASSERT_LE(token.span.end, size) << text;
    begin = token.span.begin, end = token.span.end;
  }
}

class TokenizerGolden : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path path = test::golden_folder() / "goldens" / "text.json";
    ASSERT_TRUE(fs::is_directory(test::golden_folder())) << test::golden_folder();
    if (fs::exists(path)) golden_ = parse_json(read_file(path), path.string()).value();
    sources_ = sources_of(GetParam());
    // Another set may lack this part; our own may not.
    lacking_ = !golden_.contains(GetParam()) || sources_.present.empty();
    ASSERT_FALSE(lacking_ && std::getenv("NEWBIE_GOLDEN_DIR") == nullptr) << path;
    if (lacking_) std::cout << GetParam() << ": 0 comparisons; the set lacks this tokenizer\n";
  }

  void compare(const std::vector<Token>& got, const Json& expected, const std::string& what) {
    EXPECT_EQ(ids_of(got), expected.get<std::vector<int32_t>>()) << what;
    ++comparisons_;
  }

  Json golden_;
  Sources sources_;
  bool lacking_ = false;
  size_t comparisons_ = 0;
};

TEST_P(TokenizerGolden, IdsAreExactFromEverySource) {
  const std::string family = GetParam();
  if (lacking_) return;
  for (const Source& source : sources_.present) {
    SCOPED_TRACE(source.name);
    const auto tokenizer = source.load();
    for (const Json& row : golden_["strings"]) {
      const auto text = row["text"].get<std::string>();
      const auto tokens = tokenizer->encode(text);
      if (row.contains(family)) compare(tokens, row[family], text);
      expect_sound_spans(tokens, text.size(), text);
      if (row.contains(family + "_special")) {
        compare(tokenizer->encode_with_specials(text), row[family + "_special"], text);
      }
    }
    if (golden_.contains("truncation")) {
      const Json& row = golden_["truncation"];
      compare(tokenizer->encode_with_specials(row["text"].get<std::string>(),
                                              row["max_length"].get<size_t>()),
              row[family + "_special"], "truncation");
    }
  }
  std::cout << family << ": " << comparisons_ << " comparisons from " << sources_.present.size()
            << " sources; " << sources_.absent << " sources are not in this set\n";
}

TEST_P(TokenizerGolden, SpecialIdsAreTheOnesOfTheSet) {
  const std::string family = GetParam();
  if (lacking_) return;
  for (const Source& source : sources_.present) {
    const auto tokenizer = source.load();
    const Json& ids = golden_[family];
    EXPECT_EQ(tokenizer->bos_id(), ids["bos"]) << source.name;
    EXPECT_EQ(tokenizer->eos_id(), ids["eos"]) << source.name;
    EXPECT_EQ(tokenizer->pad_id(), ids["pad"]) << source.name;
    EXPECT_EQ(tokenizer->unk_id(), ids["unk"]) << source.name;
    EXPECT_EQ(tokenizer->specials().mask, ids.value("mask", -1)) << source.name;
  }
}

TEST_P(TokenizerGolden, SourcesAgreeOnTheVocabulary) {
  if (lacking_) return;
  const auto first = sources_.present[0].load();
  for (const Source& source : sources_.present) {
    const auto other = source.load();
    ASSERT_EQ(other->vocabulary_size(), first->vocabulary_size()) << source.name;
    for (int32_t id = 0; id < first->vocabulary_size(); ++id) {
      ASSERT_EQ(other->piece(id), first->piece(id)) << source.name << ", id " << id;
    }
  }
}

TEST_P(TokenizerGolden, SourcesAgreeOnRandomText) {
  if (lacking_) return;
  std::vector<std::unique_ptr<Tokenizer>> tokenizers;
  for (const Source& source : sources_.present) tokenizers.push_back(source.load());
  // Pieces of the golden strings, cut and joined at random, meet more merges than prose does.
  std::u32string pool;
  for (const Json& row : golden_["strings"]) pool += utf8::to_u32(row["text"].get<std::string>());
  uint32_t state = 20251;
  const auto random = [&](size_t below) {
    return (state = state * 1664525u + 1013904223u) / 65536 % below;
  };
  for (int round = 0; round < 500; ++round) {
    std::u32string mixed;
    for (size_t part = 0; part < 12; ++part) mixed += pool.substr(random(pool.size()), random(9));
    const std::string text = utf8::from_u32(mixed);
    const auto expected = tokenizers[0]->encode(text);
    for (size_t i = 1; i < tokenizers.size(); ++i) {
      ASSERT_EQ(tokenizers[i]->encode(text), expected) << sources_.present[i].name << ": " << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, TokenizerGolden, testing::Values("gemma", "clip"),
                         [](const auto& family) { return std::string(family.param); });

}  // namespace
}  // namespace newbie::text
