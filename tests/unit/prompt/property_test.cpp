/// What must hold for every prompt: on random trees and on random bytes.

#include <gtest/gtest.h>

#include "prompt/compile.h"
#include "prompt/fix.h"
#include "prompt/system_prompt.h"
#include "support.h"

namespace newbie::prompt {
namespace {

using testing::meaning;
using testing::PromptGenerator;

constexpr uint64_t kSeeds = 200;

TEST(Property, printed_trees_parse_to_themselves) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Prompt tree = PromptGenerator(seed).xml();
    for (Layout layout :
         {Layout::canonical, Layout::readme, Layout::builder, Layout::oneline, Layout::img}) {
      const std::string text = print(tree, layout);
      ASSERT_TRUE(meaning(text, InputKind::xml) == tree)
          << "seed " << seed << ", " << to_string(layout) << ":\n"
          << text << "\nagain:\n"
          << print(meaning(text, InputKind::xml), layout);
    }
    const std::string json = print(tree, Layout::json);
    ASSERT_TRUE(meaning(json, InputKind::json) == tree)
        << "seed " << seed << ":\n"
        << json << "\nagain:\n"
        << print(meaning(json, InputKind::json), Layout::json);
  }
}

TEST(Property, printed_lists_and_texts_parse_to_themselves) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (InputKind kind : {InputKind::tags, InputKind::text}) {
      const Prompt tree = PromptGenerator(seed).plain(kind);
      const std::string text = print(tree);
      ASSERT_TRUE(meaning(text, kind) == tree) << "seed " << seed << ":\n"
                                               << text << "\nagain:\n"
                                               << print(meaning(text, kind));
    }
  }
}

TEST(Property, canonical_is_final) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Prompt tree = PromptGenerator(seed).xml();
    ASSERT_TRUE(canonicalize(tree) == tree) << "seed " << seed;
  }
}

void drop_weights(std::vector<Element>& elements) {
  for (Element& element : elements) {
    element.weight = 1;
    for (Item& item : element.items) {
      item.weight = 1;
      item.ranges.clear();
    }
    drop_weights(element.children);
  }
}

TEST(Property, weights_change_no_compiled_byte) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Prompt weighted = PromptGenerator(seed).xml();
    Prompt plain = weighted;
    drop_weights(plain.elements);
    const ParseOptions xml{.kind = InputKind::xml, .limits = {}};
    const CompiledText a = compile_positive(parse(print(weighted), xml));
    const CompiledText b = compile_positive(parse(print(plain), xml));
    ASSERT_EQ(a.gemma, b.gemma) << "seed " << seed;
    ASSERT_EQ(a.jina, b.jina) << "seed " << seed;
    ASSERT_TRUE(b.weights.empty()) << "seed " << seed;
  }
}

TEST(Property, compiled_spans_hold_their_items) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Prompt tree = PromptGenerator(seed).xml();
    const std::string source = print(tree);
    for (Layout layout : {Layout::canonical, Layout::builder, Layout::json, Layout::oneline}) {
      CompileOptions options;
      options.parse.kind = InputKind::xml;
      options.layout = layout;
      const CompiledText compiled = compile(source, "", options).positive;
      size_t weight_end = 0;
      for (const OwnedSpan& owned : compiled.spans) {
        ASSERT_LE(owned.span.begin, owned.span.end);
        ASSERT_LE(owned.span.end, compiled.caption.size());
        ASSERT_LE(owned.source.end, source.size());
      }
      for (const WeightSpan& weight : compiled.weights) {
        ASSERT_GE(weight.span.begin, weight_end);
        ASSERT_LT(weight.span.begin, weight.span.end);
        ASSERT_NE(weight.weight, 1);
        weight_end = weight.span.end;
      }
    }
  }
}

TEST(Property, random_bytes_are_kept_and_never_surprise) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    PromptGenerator random(seed);
    const std::string source = random.bytes(400);
    for (InputKind kind : {InputKind::automatic, InputKind::xml, InputKind::tags, InputKind::text,
                           InputKind::json}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", kind " + std::string(to_string(kind)));
      const Parsed parsed = parse(source, {.kind = kind, .limits = {}});
      ASSERT_EQ(parsed.source(), source);
      testing::expect_tiled(parsed.tree);
      for (const Diagnostic& diagnostic : check(parsed)) {
        ASSERT_LE(diagnostic.span.begin, diagnostic.span.end) << diagnostic.rule;
        ASSERT_LE(diagnostic.span.end, source.size()) << diagnostic.rule;
        for (const Fix& one : diagnostic.fixes) {
          for (const TextEdit& edit : one.edits) {
            ASSERT_LE(edit.span.begin, edit.span.end) << diagnostic.rule;
            ASSERT_LE(edit.span.end, source.size()) << diagnostic.rule;
          }
        }
      }
      const Prompt tree = canonicalize(parsed.prompt);
      // A second `<Prompt Start>` in text without markup would be taken for the end of a system
      // prompt.
      const bool plain = parsed.kind() == InputKind::text || parsed.kind() == InputKind::tags;
      if (plain && print(tree).find(kPromptStart) != std::string::npos) continue;
      const InputKind again = kind == InputKind::json || parsed.kind() == InputKind::json
                                  ? InputKind::xml
                                  : parsed.kind();
      ASSERT_TRUE(meaning(print(tree), again).elements == tree.elements)
          << source << "\n---\n"
          << print(tree) << "\n---\n"
          << print(meaning(print(tree), again));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Property, fixing_twice_is_fixing_once) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const std::string source = PromptGenerator(seed).bytes(300);
    for (FixLevel level : {FixLevel::safe, FixLevel::all}) {
      const FixOptions options{level, {}};
      const FixResult once = fix(source, {}, {}, options);
      const ParseOptions same_kind{.kind = parse(source).kind(), .limits = {}};
      const FixResult twice = fix(once.text, same_kind, {}, options);
      ASSERT_EQ(twice.text, once.text)
          << "seed " << seed << ":\n"
          << source
          << "\nfirst of second round: " << (twice.applied.empty() ? "" : twice.applied[0].rule);
    }
  }
}

}  // namespace
}  // namespace newbie::prompt
