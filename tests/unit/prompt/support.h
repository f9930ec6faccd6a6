#pragma once
/// Shared by the prompt tests: invariants of trees, and random prompts.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "prompt/canonical.h"
#include "prompt/parse.h"
#include "prompt/print.h"

namespace newbie::prompt::testing {

/// Every byte is in exactly one leaf: the children of each node tile it, from the document down.
inline void expect_tiled(const SyntaxTree& tree) {
  for (NodeId id = 0; id < tree.nodes.size(); ++id) {
    const Node& node = tree.node(id);
    const bool decoded = node.kind == NodeKind::json_string;
    if (node.first_child == kNoNode || decoded) continue;
    size_t at = node.span.begin;
    for_each_child(tree, id, [&](NodeId child) {
      EXPECT_EQ(tree.node(child).span.begin, at) << to_string(tree.node(child).kind);
      EXPECT_EQ(tree.node(child).parent, id);
      at = tree.node(child).span.end;
    });
    EXPECT_EQ(at, node.span.end) << to_string(node.kind);
  }
}

inline Prompt meaning(const std::string& text, InputKind kind = InputKind::automatic) {
  return canonicalize(parse(text, {.kind = kind, .limits = {}}).prompt);
}

/// Random prompts with everything the language has, and text that wants escaping.
class PromptGenerator {
 public:
  explicit PromptGenerator(uint64_t seed) : random_(seed) {}

  Prompt xml() {
    Prompt prompt;
    const int characters = below(4);
    for (int i = 1; i <= characters; ++i) prompt.elements.push_back(character(i));
    if (below(4) > 0) prompt.elements.push_back(general());
    if (below(4) == 0) prompt.elements.push_back(unknown());
    if (below(6) == 0) prompt.elements.push_back(loose());
    if (below(3) > 0) prompt.elements.push_back(caption());
    return canonicalize(prompt);
  }

  Prompt plain(InputKind kind) {
    Prompt prompt;
    prompt.kind = kind;
    Element element;
    const bool prose = kind == InputKind::text;
    element.loose_form = prose ? ValueForm::prose : ValueForm::tags;
    const int count = prose ? 1 : 1 + below(8);
    for (int i = 0; i < count; ++i) element.items.push_back(item(prose));
    prompt.elements.push_back(std::move(element));
    return canonicalize(prompt);
  }

  std::string bytes(size_t longest) {
    static const std::vector<std::string> kPieces{"<",
                                                  ">",
                                                  "</",
                                                  "/>",
                                                  "&",
                                                  "&amp;",
                                                  "&#65;",
                                                  "(",
                                                  ")",
                                                  ":1.2)",
                                                  ":0.5)",
                                                  ",",
                                                  "，",
                                                  "、",
                                                  "+",
                                                  "\n",
                                                  " ",
                                                  "<character_1>",
                                                  "</character_1>",
                                                  "<n>",
                                                  "</n>",
                                                  "<appearance>",
                                                  "</appearance>",
                                                  "<caption>",
                                                  "</caption>",
                                                  "<image>",
                                                  "<!--",
                                                  "-->",
                                                  "<!-- weight:0.5 -->",
                                                  "weight=\"2\"",
                                                  "<general tags>",
                                                  "{",
                                                  "}",
                                                  "\"",
                                                  "\\",
                                                  "\\(",
                                                  "```",
                                                  "<lora:a:1>",
                                                  "<Prompt Start>",
                                                  "$character_1$",
                                                  "双马尾",
                                                  "**",
                                                  "[cite]",
                                                  "tag",
                                                  "blue_hair",
                                                  "{\"image\":{\"tags\":\"",
                                                  "\"}}",
                                                  "<!DOCTYPE",
                                                  "[",
                                                  "]",
                                                  ":)",
                                                  ">_<",
                                                  "\x80",
                                                  "\xff",
                                                  "\0x",
                                                  "<character_2 bbox=\"0,0,1,1\">",
                                                  "1.5",
                                                  ":"};
    std::string out;
    while (out.size() < longest && below(60) > 0) {
      out += below(8) == 0 ? std::string(1, static_cast<char>(below(256)))
                           : kPieces[static_cast<size_t>(below(static_cast<int>(kPieces.size())))];
    }
    return out;
  }

  int below(int limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }

 private:
  std::string word() {
    static const std::vector<std::string> kWords{"blue_hair",
                                                 "long hair",
                                                 "smile",
                                                 "a",
                                                 "artoria_pendragon_(fate)",
                                                 ":)",
                                                 ">_<",
                                                 "双马尾",
                                                 "tom & jerry",
                                                 "a&b",
                                                 "x<y",
                                                 "(open",
                                                 "close)",
                                                 "(x:1.2)",
                                                 "re:zero",
                                                 "é",
                                                 "100%",
                                                 "\"quoted\"",
                                                 "it's",
                                                 "back\\slash",
                                                 "a very long phrase of words",
                                                 "{x}",
                                                 "[y]",
                                                 "^_^",
                                                 "semi;colon",
                                                 "one,two",
                                                 "\\(",
                                                 "+",
                                                 "一+二",
                                                 "``",
                                                 "<3"};
    return kWords[static_cast<size_t>(below(static_cast<int>(kWords.size())))];
  }

  double weight() { return below(201) / 100.0; }

  Item item(bool prose) {
    Item out;
    const int words = prose ? 3 + below(12) : 1 + below(2);
    for (int i = 0; i < words; ++i) {
      if (i > 0) out.text += ' ';
      const size_t begin = out.text.size();
      out.text += word();
      if (below(6) == 0) out.ranges.push_back({{begin, out.text.size()}, weight()});
    }
    if (below(4) == 0) out.weight = weight();
    return out;
  }

  Element leaf(std::string_view name, Place place) {
    Element out = make_element(name, place);
    const bool prose = out.form() == ValueForm::prose;
    const int count = prose ? 1 : below(6);
    for (int i = 0; i < count; ++i) out.items.push_back(item(prose));
    if (below(6) == 0) out.weight = weight();
    if (below(12) == 0) out.attributes.push_back({"note", "a \"b\" <c> & d", {}});
    return out;
  }

  Element block(std::string_view name, Place inside) {
    Element out = make_element(name, Place::top);
    for (const ElementRule& rule : schema()) {
      if (rule.place == inside && below(2) == 0) out.children.push_back(leaf(rule.name, inside));
    }
    if (below(8) == 0) out.weight = weight();
    return out;
  }

  Element character(int number) {
    Element out = block("character_" + std::to_string(number), Place::character);
    if (below(3) == 0) out.box = Box{double(below(500)), double(below(500)), 500.5, 1000};
    return out;
  }

  Element general() { return block("general_tags", Place::general); }
  Element caption() { return leaf("caption", Place::top); }

  Element unknown() {
    Element out = leaf("mood", Place::general);
    out.rule = nullptr;
    return out;
  }

  Element loose() {
    Element out;
    out.loose_form = ValueForm::prose;
    out.items.push_back(item(true));
    return out;
  }

  std::mt19937_64 random_;
};

}  // namespace newbie::prompt::testing
