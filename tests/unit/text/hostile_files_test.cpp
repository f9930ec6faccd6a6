// Tokenizer files that must not load, and what is said about them.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/file.h"
#include "support/errors.h"
#include "support/sentencepiece_writer.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::SentencePieceWriter;

std::string gemma_code(const std::string& bytes) {
  return code_of([&] { load_gemma_tokenizer(test::to_bytes(bytes)); });
}
std::string xlmr_code(const std::string& bytes) {
  return code_of([&] { load_xlmr_tokenizer(test::to_bytes(bytes)); });
}

TEST(HostileModel, EveryTruncationIsRefusedOrLoads) {
  const std::string whole = test::gemma_like({"\n"}, {"a", "b", "ab"}).bytes();
  ASSERT_EQ(gemma_code(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(gemma_code(whole.substr(0, size)), "") << size;
  }
}

TEST(HostileModel, LyingLengthsAndNumbers) {
  EXPECT_EQ(gemma_code(""), "tokenizer.malformed");
  EXPECT_EQ(gemma_code("\x0A\xFF\xFF\xFF\xFF\x0F"), "tokenizer.malformed");
  EXPECT_EQ(gemma_code(std::string("\x0A") + std::string(9, '\xFF') + "\x01"),
            "tokenizer.malformed");
  EXPECT_EQ(gemma_code(std::string(20, '\xFF')), "tokenizer.malformed");
  EXPECT_EQ(gemma_code("\x0B"), "tokenizer.malformed");      // a group
  EXPECT_EQ(gemma_code("\x08\x01"), "tokenizer.malformed");  // pieces as a number
  EXPECT_EQ(gemma_code("not a model at all"), "tokenizer.malformed");
  EXPECT_EQ(gemma_code(SentencePieceWriter::bytes_field(1, "\x18\x09")), "tokenizer.malformed");
}

TEST(HostileModel, PiecesThatCannotBe) {
  const auto with = [](const std::string& piece, float score) {
    auto model = test::gemma_like({}, {"a"});
    model.add(piece, score);
    return gemma_code(model.bytes());
  };
  EXPECT_EQ(with("", -9), "tokenizer.bad_piece");
  EXPECT_EQ(with("\xFF", -9), "tokenizer.bad_piece");
  EXPECT_EQ(with("b", std::numeric_limits<float>::quiet_NaN()), "tokenizer.bad_piece");
  EXPECT_EQ(with("b", -std::numeric_limits<float>::infinity()), "tokenizer.bad_piece");
  EXPECT_EQ(with("a", -9), "tokenizer.duplicate_piece");
  EXPECT_EQ(with("b", -9), "");
}

TEST(HostileModel, TheWrongKindOfModel) {
  const std::string bpe = test::gemma_like({}, {"a"}).bytes();
  const std::string unigram = test::xlmr_like({{"a", -1}}).bytes();
  EXPECT_EQ(xlmr_code(bpe), "tokenizer.wrong_kind");
  EXPECT_EQ(gemma_code(unigram), "tokenizer.wrong_kind");
  auto model = test::gemma_like({}, {"a"});
  model.kind = static_cast<SentencePieceWriter::Kind>(3);
  EXPECT_EQ(gemma_code(model.bytes()), "tokenizer.unsupported");
}

TEST(HostileModel, ModelsThatTreatSpacesInAnotherWay) {
  for (const auto change :
       {&SentencePieceWriter::dummy_prefix, &SentencePieceWriter::remove_extra_spaces}) {
    auto model = test::gemma_like({}, {"a"});
    model.*change = true;
    EXPECT_EQ(gemma_code(model.bytes()), "tokenizer.unsupported");
  }
  auto gemma = test::gemma_like({}, {"a"});
  gemma.escape_spaces = false;
  EXPECT_EQ(gemma_code(gemma.bytes()), "tokenizer.unsupported");
  auto xlmr = test::xlmr_like({{"a", -1}});
  xlmr.escape_spaces = false;
  EXPECT_EQ(xlmr_code(xlmr.bytes()), "tokenizer.unsupported");
}

TEST(HostileModel, MissingSpecialsAreNamed) {
  SentencePieceWriter model;
  model.add("<unk>", 0, SentencePieceWriter::unknown);
  model.add("a");
  EXPECT_EQ(gemma_code(model.bytes()), "tokenizer.missing_special");
  SentencePieceWriter unigram;
  unigram.kind = SentencePieceWriter::unigram;
  unigram.add("a", -1);
  EXPECT_EQ(xlmr_code(unigram.bytes()), "tokenizer.missing_special");
}

TEST(HostileModel, ABrokenNormalisationTable) {
  auto model = test::xlmr_like({{"a", -1}});
  model.charsmap = "\xFF\xFF\xFF\x7F";
  EXPECT_EQ(xlmr_code(model.bytes()), "tokenizer.malformed");
}

std::string json_code(const std::string& text) {
  return code_of([&] { read_tokenizer_json(text); });
}

/// A small valid file with one part replaced.
std::string bpe_json(const std::string& from = "", const std::string& to = "") {
  std::string text = R"({"added_tokens":[{"id":0,"content":"<unk>","special":true}],
    "normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},"pre_tokenizer":null,
    "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,
    "vocab":{"<unk>":0,"a":1,"b":2,"ab":3},"merges":[["a","b"]]}})";
  if (!from.empty()) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(HostileJson, OneMistakeAtATime) {
  struct Case {
    std::string from, to, code;
  };
  const std::vector<Case> cases{
      {"", "", ""},
      {R"([["a","b"]])", R"(["a b"])", ""},
      {R"("type":"BPE",)", "", ""},
      {R"([["a","b"]])", R"(["ab"])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"(["a b c"])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([["a"]])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([["a","b","c"]])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([["a",["b"]]])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([[1,2]])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([null])", "tokenizer.malformed"},
      {R"([["a","b"]])", R"({"a":"b"})", "tokenizer.malformed"},
      {R"([["a","b"]])", R"([["b","a"]])", "tokenizer.bad_merge"},
      {R"([["a","b"]])", R"([["a","x"]])", "tokenizer.bad_merge"},
      {R"("ab":3)", R"("a":3)", "tokenizer.duplicate_piece"},
      {R"("ab":3)", R"("ab":2)", "tokenizer.bad_id"},
      {R"("ab":3)", R"("ab":-1)", "tokenizer.bad_id"},
      {R"("ab":3)", R"("ab":4000000000)", "tokenizer.bad_id"},
      {R"("ab":3)", R"("ab":18446744073709551615)", "tokenizer.bad_id"},
      {R"("ab":3)", R"("ab":3.5)", "tokenizer.malformed"},
      {R"("ab":3)", R"("ab":"3")", "tokenizer.malformed"},
      {R"("ab":3)", R"("ab":{})", "tokenizer.malformed"},
      {R"("ab":3)", R"("":3)", "tokenizer.bad_piece"},
      {R"({"<unk>":0,"a":1,"b":2,"ab":3})", R"([["<unk>",0]])", "tokenizer.malformed"},
      {R"("id":0)", R"("id":7)", "tokenizer.duplicate_piece"},
      {R"("id":0)", R"("id":1)", "tokenizer.bad_id"},
      {R"("id":0)", R"("id":-5)", "tokenizer.bad_id"},
      {R"("id":0,)", "", "tokenizer.malformed"},
      {R"("content":"<unk>")", R"("content":5)", "tokenizer.malformed"},
      {R"("special":true)", R"("special":1)", "tokenizer.malformed"},
      {R"("dropout":null)", R"("dropout":0.1)", "tokenizer.unsupported"},
      {R"("type":"Replace")", R"("type":"NFKD")", "tokenizer.unsupported"},
      {R"({"String":" "})", R"({"Regex":"x+"})", "tokenizer.unsupported"},
      {R"({"String":" "})", R"({"String":""})", "tokenizer.unsupported"},
      {R"("content":"▁"})", R"("content":")" + std::string(100, 'x') + R"("})",
       "tokenizer.malformed"},
      {R"("pre_tokenizer":null)", R"("pre_tokenizer":{"type":"ByteLevel"})",
       "tokenizer.unsupported"},
      {R"("pre_tokenizer":null)", R"("pre_tokenizer":{"type":"Sequence"})", "tokenizer.malformed"},
      {R"("pre_tokenizer":null)", R"("pre_tokenizer":7)", "tokenizer.malformed"},
      {R"("type":"BPE")", R"("type":"WordPiece")", "tokenizer.unsupported"},
      {R"("unk_token":"<unk>")", R"("unk_token":"x")", "tokenizer.bad_merge"},
      {R"("fuse_unk":true)", R"("fuse_unk":"yes")", "tokenizer.malformed"},
      {R"("byte_fallback":true)", R"("fuse_unk":true)", "tokenizer.malformed"},
      {R"("model":)", R"("mode":)", "tokenizer.malformed"},
      {"]]}}", "]]}", "tokenizer.malformed"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(json_code(bpe_json(c.from, c.to)), c.code) << c.from << " -> " << c.to;
}

TEST(HostileJson, UnigramMistakes) {
  const auto code = [](const std::string& model) {
    return json_code(R"({"model":)" + model + "}");
  };
  EXPECT_EQ(code(R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.5]]})"), "");
  EXPECT_EQ(code(R"({"unk_id":0,"vocab":[["<unk>",0],["a",-1]]})"), "");
  EXPECT_EQ(code(R"({"type":"Unigram","unk_id":2,"vocab":[["<unk>",0],["a",-1]]})"),
            "tokenizer.bad_id");
  EXPECT_EQ(code(R"({"type":"Unigram","unk_id":-1,"vocab":[["<unk>",0]]})"), "tokenizer.bad_id");
  EXPECT_EQ(code(R"({"type":"Unigram","unk_id":"0","vocab":[["<unk>",0]]})"), "tokenizer.bad_id");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":{"a":0}})"), "tokenizer.malformed");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":[["a"]]})"), "tokenizer.malformed");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":[[1,"a"],["b"]]})"), "tokenizer.malformed");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":[["a",1,2]]})"), "tokenizer.malformed");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":["a",1]})"), "tokenizer.malformed");
  EXPECT_EQ(code(R"({"type":"Unigram","vocab":[["a",1e999]]})"), "tokenizer.malformed");
}

TEST(HostileJson, DeepNestingAndOtherRoots) {
  EXPECT_EQ(json_code(std::string(100000, '[')), "tokenizer.malformed");
  EXPECT_EQ(json_code(R"({"model":{"vocab":)" + std::string(100000, '[')), "tokenizer.malformed");
  EXPECT_EQ(json_code("[]"), "tokenizer.malformed");
  EXPECT_EQ(json_code(""), "tokenizer.malformed");
  EXPECT_EQ(json_code("\xFF\xFE"), "tokenizer.malformed");
  EXPECT_EQ(json_code(R"({"model":5})"), "tokenizer.malformed");
  EXPECT_EQ(json_code(R"({"model":{"vocab":5}})"), "")
      << "the empty vocabulary is refused by validate()";
}

TEST(HostileFolder, NamesWhatItLookedFor) {
  EXPECT_EQ(code_of([] { load_gemma_tokenizer(fs::path(NEWBIE_TEST_DATA) / "golden/goldens"); }),
            "tokenizer.not_found");
  EXPECT_EQ(code_of([] { load_gemma_tokenizer(fs::path("no/such/folder")); }), "file.missing");
  // The folders of the two text encoders exchanged.
  const fs::path model = fs::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie";
  EXPECT_EQ(code_of([&] { load_gemma_tokenizer(model / "clip_model/tokenizer.json"); }),
            "tokenizer.wrong_kind");
  EXPECT_EQ(code_of([&] { load_xlmr_tokenizer(model / "tokenizer"); }), "tokenizer.wrong_kind");
}

TEST(HostileFiles, DamagedRealFilesLoadOrAreRefused) {
  const fs::path model = fs::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie";
  uint32_t state = 11;
  const auto random = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  for (const char* name : {"tokenizer/tokenizer.model", "tokenizer/tokenizer.json"}) {
    const std::string whole = read_file(model / name);
    const bool json = std::string(name).ends_with("json");
    for (int round = 0; round < 60; ++round) {
      std::string bytes = whole;
      for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      const std::string code = json ? json_code(bytes) : gemma_code(bytes);
      EXPECT_TRUE(code == "" || code.starts_with("tokenizer.")) << code;
    }
  }
}

}  // namespace
}  // namespace newbie::text
