#include "train/tokenizer/corpus.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "prompt/assets.h"
#include "prompt/schema.h"
#include "train/data/captions.h"
#include "world/sampler.h"

namespace newbie::train {
namespace {

void add(TextCorpus& corpus, CaptionTexts texts) {
  corpus.gemma.push_back(std::move(texts.gemma));
  corpus.clip.push_back(std::move(texts.clip));
}

void add_scenes(TextCorpus& corpus, const CaptionCompiler& compiler, uint64_t seed,
                int64_t scenes) {
  const world::Sampler sampler(seed);
  for (uint64_t index = 0; index < static_cast<uint64_t>(scenes); ++index) {
    const world::Scene scene = sampler.scene(index);
    for (int kind = 0; kind < world::kCaptionKinds; ++kind) {
      if (const auto what = world::CaptionKind{kind}; what != world::CaptionKind::empty) {
        add(corpus, compiler(sampler.caption(index, scene, 0, what)));
      }
    }
  }
}

/// The first column of a table, a text per row.
void add_words(TextCorpus& corpus, std::string_view table) {
  std::string_view rest = prompt::asset(table);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::string_view word = line.substr(0, line.find('\t'));
    if (word.empty() || word.front() == '#') continue;
    corpus.gemma.emplace_back(word);
    corpus.clip.emplace_back(word);
  }
}

}  // namespace

TextCorpus world_corpus(uint64_t seed, int64_t scenes) {
  if (scenes < 1 || scenes > 1'000'000) {
    throw Error("request.usage", fmt::format("{} scenes, expected 1 to 1000000", scenes));
  }
  const CaptionCompiler compiler{CaptionsSection()};
  TextCorpus corpus;
  add_scenes(corpus, compiler, seed, scenes);
  for (const prompt::Asset& asset : prompt::assets()) {
    if (asset.path.starts_with("templates/")) {
      add(corpus, compiler(std::string(asset.text)));
    }
  }
  add_words(corpus, "tags/zh_tags.tsv");
  add_words(corpus, "tags/tag_elements.tsv");
  return corpus;
}

std::vector<std::string> markup_symbols() {
  std::vector<std::string> symbols{"\n", "\n\n"};
  const auto add_element = [&symbols](const std::string& name) {
    symbols.push_back("<" + name + ">");
    symbols.push_back("</" + name + ">");
  };
  for (int number = 1; number <= 4; ++number) add_element(fmt::format("character_{}", number));
  std::string_view previous;
  for (const prompt::ElementRule& rule : prompt::schema()) {
    if (rule.name == "character" || rule.name == previous) continue;
    if (std::ranges::find(symbols, fmt::format("<{}>", rule.name)) == symbols.end()) {
      add_element(std::string(rule.name));
    }
    previous = rule.name;
  }
  return symbols;
}

}  // namespace newbie::train
