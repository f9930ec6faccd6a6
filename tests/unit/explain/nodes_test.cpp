#include "explain/nodes.h"

#include <gtest/gtest.h>

namespace newbie::explain {
namespace {

/// A token per byte, a marker before the first.
struct Bytes final : prompt::TokenizerView {
  std::vector<prompt::Token> encode(std::string_view text) const override {
    std::vector<prompt::Token> tokens{{2, {}}};
    for (size_t i = 0; i < text.size(); ++i) {
      tokens.push_back({static_cast<unsigned char>(text[i]), {i, i + 1}});
    }
    return tokens;
  }
};

Questions ask(const std::string& prompt, bool tags, size_t cut = 0) {
  const auto text = prompt::compile(prompt).positive;
  const auto map = prompt::map_tokens(text, prompt::Encoder::gemma, Bytes());
  return questions_of(text, map, cut > 0 ? cut : map.count(), tags);
}

std::vector<std::string> paths(const Questions& questions) {
  std::vector<std::string> out;
  for (const Node& node : questions.nodes) out.push_back(node.path);
  return out;
}

constexpr const char* kTwo =
    "<character_1><appearance>blue_hair, red_eyes</appearance></character_1>"
    "<general_tags><style>anime</style></general_tags>";

TEST(Nodes, CharactersAndElementsAndTagsOnRequest) {
  EXPECT_EQ(paths(ask(kTwo, false)),
            (std::vector<std::string>{"character_1", "character_1.appearance", "general_tags",
                                      "general_tags.style"}));
  const Questions all = ask(kTwo, true);
  EXPECT_EQ(paths(all), (std::vector<std::string>{"character_1", "character_1.appearance",
                                                  "character_1.appearance[0]",
                                                  "character_1.appearance[1]", "general_tags",
                                                  "general_tags.style", "general_tags.style[0]"}));
  EXPECT_EQ(all.nodes[1].label, "appearance");
  EXPECT_EQ(all.nodes[2].label, "blue_hair");
  EXPECT_EQ(all.nodes[2].character, 1);
  EXPECT_EQ(all.nodes[2].tokens.size(), std::string("blue_hair").size());
}

TEST(Nodes, ElementsSayWhatTheyHoldUnlessTagsDo) {
  const Questions elements = ask(kTwo, false);
  EXPECT_EQ(elements.nodes[0].text, "");
  EXPECT_EQ(elements.nodes[1].text, "blue_hair, red_eyes");
  EXPECT_EQ(elements.nodes[2].text, "");
  EXPECT_EQ(elements.nodes[3].text, "anime");
  EXPECT_EQ(ask(kTwo, true).nodes[1].text, "");
}

TEST(Nodes, AListHasNothingButTags) {
  EXPECT_EQ(paths(ask("1girl, solo, smile", false)),
            (std::vector<std::string>{"prompt", "[0]", "[1]", "[2]"}));
}

TEST(Nodes, WhatWasCutIsNotAsked) {
  const Questions whole = ask(kTwo, true);
  const Questions cut = ask(kTwo, true, whole.nodes[2].tokens.begin + 4);
  EXPECT_EQ(paths(cut), (std::vector<std::string>{"character_1", "character_1.appearance",
                                                  "character_1.appearance[0]"}));
  EXPECT_EQ(cut.nodes[2].tokens.size(), 4u);
}

}  // namespace
}  // namespace newbie::explain
