// How long do the real vocabulary sizes take to load, and a long prompt to tokenize?
// The vocabularies are synthetic: 262,144 BPE pieces as Gemma's, 250,000 unigram pieces as XLM-R's.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "base/file.h"
#include "support/sentencepiece_writer.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer.h"

namespace newbie::text {
namespace {

namespace fs = std::filesystem;

/// Pieces made the way BPE makes them: each new one joins two that exist, mostly short ones.
std::vector<std::string> joined_pieces(size_t count) {
  std::vector<std::string> pieces{"▁"};
  for (char c = 'a'; c <= 'z'; ++c) pieces.emplace_back(1, c);
  for (const char* c : {",", "_", "1", "2", "<", ">", "/", "剑", "客", "蓝", "色", "的"})
    pieces.emplace_back(c);
  std::set<std::string> known(pieces.begin(), pieces.end());
  std::mt19937 random(1);
  while (pieces.size() < count) {
    const size_t reach = std::min<size_t>(pieces.size(), 40 + pieces.size() / 8);
    std::string piece = pieces[random() % reach] + pieces[random() % std::min<size_t>(reach, 4000)];
    if (piece.size() <= 16 && piece.find("▁", 1) == std::string::npos &&
        known.insert(piece).second) {
      pieces.push_back(std::move(piece));
    }
  }
  return pieces;
}

std::string gemma_model() {
  return test::gemma_like({"\n", "\n\n", "▁▁", "▁▁▁", "<b>", "</b>"}, joined_pieces(261600))
      .bytes();
}

std::string xlmr_model() {
  std::vector<std::pair<std::string, float>> pieces;
  float score = -2;
  for (std::string& piece : joined_pieces(250000))
    pieces.emplace_back(std::move(piece), score -= 5e-5f);
  return test::xlmr_like(pieces).bytes();
}

/// The tokenizer.json that upstream's conversion would write.
std::string gemma_json() {
  const Definition d = gemma_definition(read_sentencepiece(gemma_model()));
  nlohmann::json vocabulary, merges = nlohmann::json::array(), added = nlohmann::json::array();
  for (size_t id = 0; id < d.pieces.size(); ++id) vocabulary[d.pieces[id]] = id;
  const auto piece = [&](int32_t id) { return d.pieces[static_cast<size_t>(id)]; };
  for (const Merge& merge : d.merges) merges.push_back({piece(merge.left), piece(merge.right)});
  for (const AddedToken& token : d.added) {
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"special", token.special},
                     {"normalized", false}});
  }
  const nlohmann::json model{{"type", "BPE"},         {"unk_token", "<unk>"}, {"fuse_unk", true},
                             {"byte_fallback", true}, {"vocab", vocabulary},  {"merges", merges}};
  const nlohmann::json replace{
      {"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
  return nlohmann::json{{"added_tokens", added}, {"normalizer", replace}, {"model", model}}.dump(1);
}

std::string prompt(size_t bytes) {
  static const std::vector<std::string> kTags{
      "1girl, ", "blue hair, ",      "looking at viewer, ", "<n>alice</n>\n",   "剑客",
      "蓝色的",  "school_uniform, ", "cherry blossoms, ",   "multi-tied hair, "};
  std::mt19937 random(2);
  std::string out;
  while (out.size() < bytes) out += kTags[random() % kTags.size()];
  return out;
}

void BM_LoadGemmaModel(benchmark::State& state) {
  const auto bytes = test::to_bytes(gemma_model());
  for (auto _ : state) benchmark::DoNotOptimize(load_gemma_tokenizer(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(BM_LoadGemmaModel)->Unit(benchmark::kMillisecond);

void BM_LoadGemmaJson(benchmark::State& state) {
  const fs::path path = fs::temp_directory_path() / "newbie_bench_tokenizer.json";
  const std::string json = gemma_json();
  write_file(path, json);
  for (auto _ : state) benchmark::DoNotOptimize(load_gemma_tokenizer(path));
  fs::remove(path);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * json.size()));
}
BENCHMARK(BM_LoadGemmaJson)->Unit(benchmark::kMillisecond);

void BM_LoadXlmrModel(benchmark::State& state) {
  const auto bytes = test::to_bytes(xlmr_model());
  for (auto _ : state) benchmark::DoNotOptimize(load_xlmr_tokenizer(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(BM_LoadXlmrModel)->Unit(benchmark::kMillisecond);

void encode(benchmark::State& state, const Tokenizer& tokenizer) {
  const std::string text = prompt(static_cast<size_t>(state.range(0)));
  size_t tokens = 0;
  for (auto _ : state) tokens = tokenizer.encode(text).size();
  state.counters["tokens"] = static_cast<double>(tokens);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void BM_EncodeGemma(benchmark::State& state) {
  static const auto tokenizer = load_gemma_tokenizer(test::to_bytes(gemma_model()));
  encode(state, *tokenizer);
}
BENCHMARK(BM_EncodeGemma)->Arg(256)->Arg(4096)->Arg(65536)->Unit(benchmark::kMicrosecond);

void BM_EncodeXlmr(benchmark::State& state) {
  static const auto tokenizer = load_xlmr_tokenizer(test::to_bytes(xlmr_model()));
  encode(state, *tokenizer);
}
BENCHMARK(BM_EncodeXlmr)->Arg(256)->Arg(4096)->Arg(65536)->Unit(benchmark::kMicrosecond);

void BM_EncodeTinyXlmrWithNormalisation(benchmark::State& state) {
  static const auto tokenizer = load_xlmr_tokenizer(fs::path(NEWBIE_TEST_DATA) /
                                                    "golden/tiny-newbie/clip_model/tokenizer.json");
  encode(state, *tokenizer);
}
BENCHMARK(BM_EncodeTinyXlmrWithNormalisation)->Arg(4096)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace newbie::text
