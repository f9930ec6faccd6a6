/// Does checking and compiling keep up with typing (4 KB in under a millisecond), and does hostile
/// text cost linear time? Each hostile input is measured at growing sizes; the report gives the
/// order that fits.

#include <benchmark/benchmark.h>

#include <string>

#include "prompt/compile.h"
#include "prompt/fix.h"
#include "prompt/lint.h"

namespace newbie::prompt {
namespace {

std::string repeated(std::string_view piece, size_t size) {
  std::string out;
  while (out.size() + piece.size() <= size) out += piece;
  return out;
}

/// Four well-described figures and a caption.
std::string ordinary(size_t size) {
  std::string out;
  for (int i = 1; i <= 4; ++i) {
    const std::string name = "character_" + std::to_string(i);
    out += "<" + name + ">\n<n>$" + name +
           "$</n>\n<gender>1girl</gender>\n<appearance>chibi, red_eyes, (blue_hair:1.2), "
           "long_hair, hair_between_eyes, head_tilt, tareme, "
           "closed_mouth</appearance>\n<clothing>school_uniform, "
           "serafuku, white_sailor_collar, white_shirt, short_sleeves, red_neckerchief, bow, "
           "blue_skirt</clothing>\n"
           "<expression>happy, smile</expression>\n<action>standing, "
           "holding</action>\n<position>center_left</position>\n</" +
           name + ">\n\n";
  }
  out +=
      "<general_tags>\n<count>4girls, multiple_girls</count>\n<style>anime_style, "
      "digital_art</style>\n</general_tags>\n\n";
  const size_t rest = size > out.size() + 20 ? size - out.size() - 20 : 0;
  return out + "<caption>" + repeated("A girl with blue hair smiles at the viewer. ", rest) +
         "</caption>";
}

void check_and_compile(benchmark::State& state, const std::string& source, InputKind kind) {
  const ParseOptions options{.kind = kind, .limits = {}};
  for (auto _ : state) {
    const Parsed parsed = parse(source, options);
    benchmark::DoNotOptimize(check(parsed));
    benchmark::DoNotOptimize(compile_positive(parsed));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * source.size()));
  state.SetComplexityN(static_cast<int64_t>(source.size()));
}

void ordinary_prompt(benchmark::State& state) {
  check_and_compile(state, ordinary(static_cast<size_t>(state.range(0))), InputKind::automatic);
}
BENCHMARK(ordinary_prompt)->Arg(4 << 10)->Unit(benchmark::kMicrosecond);

void parse_only(benchmark::State& state) {
  const std::string source = ordinary(static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(parse(source));
}
BENCHMARK(parse_only)->Arg(4 << 10)->Unit(benchmark::kMicrosecond);

struct Hostile {
  const char* name;
  const char* piece;
  InputKind kind;
};

constexpr Hostile kHostile[] = {
    {"angle_brackets", "<", InputKind::xml},
    {"open_tags", "<n>", InputKind::xml},
    {"close_tags", "</n>", InputKind::xml},
    {"open_comments", "<!--", InputKind::xml},
    {"declarations", "<!A[", InputKind::xml},
    {"round_brackets", "(", InputKind::tags},
    {"nested_weights", "(a:1.1", InputKind::tags},
    {"closing_weights", ":1.1)", InputKind::tags},
    {"commas", "a,", InputKind::tags},
    {"ampersands", "&a", InputKind::xml},
    {"backslashes", "\\(", InputKind::tags},
    {"asterisks", "**", InputKind::text},
    {"bold", "**a", InputKind::text},
    {"citations", "[cite", InputKind::text},
    {"attributes", "<n a=\"", InputKind::xml},
    {"chinese", "双马尾，", InputKind::automatic},
    {"invalid_bytes", "\x80 ", InputKind::text},
    {"braces", "{\"image\":", InputKind::json},
    {"prompt_starts", "<Prompt Start>", InputKind::text},
    {"placeholders", "$character_1$ ", InputKind::text},
};

void hostile(benchmark::State& state, const Hostile& input) {
  check_and_compile(state, repeated(input.piece, static_cast<size_t>(state.range(0))), input.kind);
}

const bool kRegistered = [] {
  for (const Hostile& input : kHostile) {
    benchmark::RegisterBenchmark(input.name,
                                 [&input](benchmark::State& state) { hostile(state, input); })
        ->RangeMultiplier(2)
        ->Range(8 << 10, 64 << 10)
        ->Unit(benchmark::kMillisecond)
        ->MinTime(0.05)
        ->Complexity();
  }
  return true;
}();

}  // namespace
}  // namespace newbie::prompt
