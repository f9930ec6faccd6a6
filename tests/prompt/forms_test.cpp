/// One prompt in the forms that programs give it: the same tree for all, and back again.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "prompt/canonical.h"
#include "prompt/compile.h"
#include "prompt/fix.h"
#include "prompt/print.h"

namespace newbie::prompt {
namespace {

std::string read(const std::string& name) {
  std::ifstream file(std::string(NEWBIE_PROMPT_CASES) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Prompt tree_of(const std::string& text) {
  Prompt tree = canonicalize(parse(text).prompt);
  tree.system_prefix.clear();
  return tree;
}

TEST(Forms, all_mean_the_same_tree) {
  const std::string canonical = read("forms/canonical.txt");
  const Prompt expected = tree_of(canonical);
  size_t forms = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(NEWBIE_PROMPT_CASES) + "/forms")) {
    const std::string name = entry.path().filename();
    SCOPED_TRACE(name);
    const Prompt tree = tree_of(read("forms/" + name));
    EXPECT_EQ(print(tree), canonical);
    EXPECT_TRUE(tree == expected);
    ++forms;
  }
  EXPECT_EQ(forms, 13U);
}

TEST(Forms, readme_example_is_clean_and_keeps_its_bytes) {
  const std::string readme = read("forms/readme.txt");
  const Parsed parsed = parse(readme);
  for (const Diagnostic& diagnostic : check(parsed)) {
    EXPECT_EQ(diagnostic.severity, Severity::info) << diagnostic.rule << ": " << diagnostic.message;
  }
  EXPECT_EQ(print(canonicalize(parsed.prompt), Layout::readme), readme);
  EXPECT_EQ(print(canonicalize(parsed.prompt)), read("forms/canonical.txt"));
}

TEST(Forms, every_layout_leads_back) {
  const Prompt tree = tree_of(read("forms/canonical.txt"));
  for (Layout layout : {Layout::canonical, Layout::readme, Layout::builder, Layout::oneline,
                        Layout::img, Layout::json}) {
    EXPECT_TRUE(tree_of(print(tree, layout)) == tree) << to_string(layout);
  }
}

TEST(Forms, mending_a_form_keeps_its_meaning) {
  for (const char* name :
       {"scene", "builder", "braces", "document", "double_system", "fenced", "windows"}) {
    const FixResult fixed = fix(read("forms/" + std::string(name) + ".txt"));
    EXPECT_EQ(print(tree_of(fixed.text)), read("forms/canonical.txt")) << name;
    EXPECT_EQ(fix(fixed.text).text, fixed.text) << name;
  }
}

// The official ComfyUI template is an object like this one, with residue of the model that wrote
// it.
TEST(Forms, template_json_with_residue) {
  const std::string source =
      R"({"character_1": {"name": "$character_1$", "bbox": [0, 0, 500, 1000]},)"
      R"( "image": {"tags": "<character_1>\n<n>$character_1$</n>\n<gender>1girl</gender>\n</character_1>",)"
      R"( "caption": "The girl identified as $character_1$ has **blue hair**. [cite: 12]"}})";
  const Parsed parsed = parse(source);
  ASSERT_EQ(parsed.kind(), InputKind::json);
  const Element* character = parsed.prompt.find("character_1");
  ASSERT_NE(character, nullptr);
  EXPECT_EQ(character->box, (Box{0, 0, 500, 1000}));
  EXPECT_EQ(character->child("gender")->items[0].text, "1girl");
  std::vector<std::string> residue;
  for (const Diagnostic& diagnostic : check(parsed)) {
    if (diagnostic.rule == "X028") residue.emplace_back(diagnostic.span.of(source));
  }
  EXPECT_EQ(residue, (std::vector<std::string>{"**blue hair**", "[cite: 12]"}));
  const FixResult fixed = fix(source);
  EXPECT_EQ(parse(fixed.text).prompt.find("caption")->items[0].text,
            "The girl identified as $character_1$ has blue hair.");
}

TEST(Forms, compiled_texts_equal_upstream) {
  const Json data = parse_json(read("e2e_texts.json"), "e2e_texts.json").value();
  for (const Json& one : data["prompts"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    for (Layout layout : {Layout::raw, Layout::canonical}) {
      CompileOptions options;
      options.layout = layout;
      options.system = "train-text";
      const Compiled compiled = compile(one["prompt"].get<std::string>(), "", options);
      EXPECT_EQ(compiled.positive.gemma, one["gemma"][0].get<std::string>());
      EXPECT_EQ(compiled.negative.gemma, one["gemma"][1].get<std::string>());
      EXPECT_EQ(compiled.positive.jina, one["jina"][0].get<std::string>());
      EXPECT_EQ(compiled.negative.jina, one["jina"][1].get<std::string>());
    }
  }
}

}  // namespace
}  // namespace newbie::prompt
