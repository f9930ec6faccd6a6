// tokenizer.json as we write it. The golden pairs of files were made by upstream's tools.
#include "text/tokenizer_json_writer.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "support/errors.h"
#include "support/sentencepiece_writer.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer_json.h"

namespace newbie::text {
namespace {

std::string tiny(const char* file) {
  return read_file(std::filesystem::path(NEWBIE_TEST_DATA) / "golden/tiny-newbie" / file);
}

Json parsed(const std::string& text) { return parse_json(text, "tokenizer.json").value(); }

/// The parts one by one: a whole file would fill the screen.
void expect_same_file(const Json& ours, const Json& theirs) {
  for (const auto& [key, value] : theirs.items()) {
    if (key == "model") continue;
    EXPECT_EQ(ours.at(key), value) << key;
  }
  for (const auto& [key, value] : theirs.at("model").items()) {
    EXPECT_TRUE(ours.at("model").at(key) == value) << "model." << key;
  }
  EXPECT_TRUE(ours == theirs) << "the order of the keys";
}

Definition small_gemma() {
  return gemma_definition(
      read_sentencepiece(test::gemma_like({"\n", "<b>"}, {"a", "b", "ab"}).bytes()));
}

std::string writing_code(const Definition& definition) {
  return test::code_of([&] { write_tokenizer_json(definition); });
}

TEST(TokenizerJsonWriter, GemmasModelBecomesUpstreamsFile) {
  const Json theirs = parsed(tiny("tokenizer/tokenizer.json"));
  ASSERT_GT(theirs["model"]["merges"].size(), 700u);
  expect_same_file(parsed(write_tokenizer_json(
                       gemma_definition(read_sentencepiece(tiny("tokenizer/tokenizer.model"))))),
                   theirs);
}

TEST(TokenizerJsonWriter, XlmrsModelBecomesUpstreamsFile) {
  const Json theirs = parsed(tiny("clip_model/tokenizer.json"));
  ASSERT_GT(theirs["model"]["vocab"].size(), 1000u);
  expect_same_file(parsed(write_tokenizer_json(xlmr_definition(
                       read_sentencepiece(tiny("clip_model/sentencepiece.bpe.model"))))),
                   theirs);
}

TEST(TokenizerJsonWriter, WhatWasReadIsWrittenAgain) {
  for (const char* file : {"tokenizer/tokenizer.json", "clip_model/tokenizer.json"}) {
    SCOPED_TRACE(file);
    const std::string theirs = tiny(file);
    expect_same_file(parsed(write_tokenizer_json(read_tokenizer_json(theirs))), parsed(theirs));
  }
}

TEST(TokenizerJsonWriter, EveryStepIsWrittenAndReadBack) {
  Definition d = small_gemma();
  d.normalizer = {Replace{"x", "y"}, ReplaceSpaceRuns{" "}, Strip{false, true}, Prepend{"_"}};
  d.pre_tokenizer = {WhitespaceSplit{},
                     Metaspace{"_", Metaspace::PrependTo::first_word, false},
                     Metaspace{"_", Metaspace::PrependTo::none, true},
                     SplitAt{"a", SplitAt::Keep::nothing},
                     SplitAt{"b", SplitAt::Keep::with_next},
                     SplitAt{"c", SplitAt::Keep::alone}};
  d.whole_words_first = true;
  d.added.back().normalized = d.added.back().single_word = d.added.back().rstrip = true;
  const std::string text = write_tokenizer_json(d);
  const Json file = parsed(text);
  EXPECT_EQ(file["normalizer"], Json::parse(R"({"type": "Sequence", "normalizers": [
      {"type": "Replace", "pattern": {"String": "x"}, "content": "y"},
      {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
      {"type": "Strip", "strip_left": false, "strip_right": true},
      {"type": "Prepend", "prepend": "_"}]})"));
  EXPECT_EQ(file["pre_tokenizer"], Json::parse(R"({"type": "Sequence", "pretokenizers": [
      {"type": "WhitespaceSplit"},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never", "split": true},
      {"type": "Split", "pattern": {"String": "a"}, "behavior": "Removed", "invert": false},
      {"type": "Split", "pattern": {"String": "b"}, "behavior": "MergedWithNext", "invert": false},
      {"type": "Split", "pattern": {"String": "c"}, "behavior": "Isolated", "invert": false}]})"));
  EXPECT_EQ(file["model"]["ignore_merges"], true);
  EXPECT_EQ(file["added_tokens"].back(), Json::parse(R"({"id": 5, "content": "<b>",
      "single_word": true, "lstrip": false, "rstrip": true, "normalized": true,
      "special": false})"));
  EXPECT_EQ(write_tokenizer_json(read_tokenizer_json(text)), text);
}

TEST(TokenizerJsonWriter, NoStepsAreNull) {
  Definition d = small_gemma();
  d.normalizer.clear();
  d.pre_tokenizer.clear();
  const Json file = parsed(write_tokenizer_json(d));
  EXPECT_TRUE(file.at("normalizer").is_null());
  EXPECT_TRUE(file.at("pre_tokenizer").is_null());
}

TEST(TokenizerJsonWriter, UnusedIdsStayUnused) {
  Definition d = small_gemma();
  d.pieces.insert(d.pieces.end(), {"", "last"});
  const Definition back = read_tokenizer_json(write_tokenizer_json(d));
  EXPECT_EQ(back.pieces, d.pieces);
}

TEST(TokenizerJsonWriter, RefusesWhatNoReaderWouldTake) {
  ASSERT_EQ(writing_code(small_gemma()), "");
  Definition no_bos = small_gemma();
  no_bos.pieces[2] = "<begin>";
  EXPECT_EQ(writing_code(no_bos), "tokenizer.missing_special");
  Definition twice = small_gemma();
  twice.pieces.push_back("ab");
  EXPECT_EQ(writing_code(twice), "tokenizer.duplicate_piece");
  Definition broken = small_gemma();
  broken.pieces.push_back("\xFF");
  EXPECT_EQ(writing_code(broken), "tokenizer.bad_piece");
}

}  // namespace
}  // namespace newbie::text
