/// The tables, the rendering of findings, and fixes as edits.

#include <fmt/format.h>

#include "base/json.h"
#include "prompt/fix.h"
#include "prompt/render.h"
#include "prompt/rules.h"
#include "support.h"

namespace newbie::prompt {
namespace {

TEST(Rules, are_numbered_without_gaps_and_described) {
  ASSERT_EQ(rules().size(), 42U);
  for (size_t i = 0; i < rules().size(); ++i) {
    const Rule& rule = rules()[i];
    EXPECT_EQ(rule.id, fmt::format("X{:03}", i + 1));
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_GT(rule.explanation.size(), 40U) << rule.id;
    EXPECT_EQ(rule.fix == FixKind::none, rule.fix_note.empty()) << rule.id;
  }
  EXPECT_EQ(find_rule_by_id("x017")->title, "count contradicts the blocks");
  EXPECT_EQ(find_rule_by_id("X043"), nullptr);
}

// Rules that ask a table or a tokenizer stay silent without one.
TEST(Rules, fire_on_their_examples) {
  const std::vector<std::string_view> wants_context{"X021", "X022", "X034", "X035"};
  for (const Rule& rule : rules()) {
    if (rule.example.empty() || std::ranges::find(wants_context, rule.id) != wants_context.end())
      continue;
    const std::vector<Diagnostic> found = check(parse(std::string(rule.example)));
    EXPECT_TRUE(std::ranges::any_of(found, [&](const Diagnostic& d) { return d.rule == rule.id; }))
        << rule.id;
  }
}

TEST(Rules, can_be_silenced) {
  LintOptions options;
  options.disabled = {"X030"};
  EXPECT_TRUE(check(parse("<caption>a b_c</caption>"), options).empty());
}

TEST(Schema, is_found_by_every_name) {
  for (const ElementRule& rule : schema()) {
    EXPECT_FALSE(rule.meaning.empty()) << rule.name;
    EXPECT_EQ(find_rule(rule.name, rule.place), &rule);
  }
  EXPECT_EQ(resolve_name("Artist", "general_tags").name, "artists");
  EXPECT_TRUE(resolve_name("artist", "general_tags").alias);
  EXPECT_EQ(resolve_name("CHARACTER 12", "").number, 12);
  EXPECT_EQ(resolve_name("body_type", "character_1").rule->place, Place::character);
  EXPECT_EQ(resolve_name("body_type", "general_tags").rule->place, Place::general);
  EXPECT_EQ(resolve_name("nonsense", "").rule, nullptr);
  EXPECT_EQ(nearest_element("clothin"), "clothing");
  EXPECT_EQ(character_number("character_0"), 0);
  EXPECT_EQ(character_number("character_01"), 0);
}

TEST(Render, shows_line_caret_and_fix) {
  const std::string source =
      "<character_1>\n<appearance>长发, blue_hair</clothing>\n</character_1>";
  std::vector<Diagnostic> found = check(parse(source));
  std::erase_if(found, [](const Diagnostic& d) { return d.rule != "X001"; });
  EXPECT_EQ(
      render_terminal(found, source, "a.xml"),
      "a.xml:2:26: error[X001]: `<appearance>` opened at 2:1 is closed by `</clothing>` at 2:26\n"
      "  2 | <appearance>长发, blue_hair</clothing>\n"
      "    |                            ^~~~~~~~~~~\n"
      "    = a.xml:2:1: opened here\n"
      "    = fix: close it with `</appearance>`\n");
  EXPECT_NE(render_terminal(found, source, "a.xml", Colour::on).find("\x1b[1;31merror[X001]"),
            std::string::npos);
}

TEST(Render, shows_a_part_of_a_long_line) {
  const std::string source =
      "<caption>" + std::string(300, 'x') + " a&b " + std::string(300, 'y') + "</caption>";
  const std::string text = render_terminal(check(parse(source)), source, "-");
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 160U);
    begin = end + 1;
  }
}

TEST(Render, writes_json) {
  const std::string source = "<caption>\xff b_c</caption>";
  const Json found = parse_json(render_json(check(parse(source)), source), "findings").value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0]["rule"], "X038");
  EXPECT_EQ(found[0]["severity"], "error");
  EXPECT_EQ(found[0]["line"], 1);
  EXPECT_EQ(found[0]["column"], 10);
  EXPECT_EQ(found[0]["begin"], 9);
  EXPECT_EQ(found[1]["fixes"][0]["safe"], true);
  EXPECT_EQ(found[1]["fixes"][0]["edits"].size(), 1U);
}

TEST(Render, writes_a_unified_diff) {
  EXPECT_EQ(unified_diff("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\n", "p.xml"),
            "--- a/p.xml\n+++ b/p.xml\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
  EXPECT_EQ(unified_diff("a", "a\nb", "p"),
            "--- a/p\n+++ b/p\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No "
            "newline at end of file\n");
  EXPECT_EQ(unified_diff("", "a\n", "p"), "--- a/p\n+++ b/p\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("same", "same", "p"), "");
}

TEST(Render, parts_distant_changes_into_hunks) {
  std::string before, after;
  for (int i = 0; i < 30; ++i) {
    before += std::to_string(i) + "\n";
    after += fmt::format("{}{}\n", i == 3 || i == 25 ? "x" : "", i);
  }
  const std::string diff = unified_diff(before, after, "p");
  EXPECT_NE(diff.find("@@ -1,7 +1,7 @@"), std::string::npos);
  EXPECT_NE(diff.find("@@ -23,7 +23,7 @@"), std::string::npos);
}

TEST(Fix, asks_before_unsafe_changes) {
  const std::string source = "<character_1>\n<gender>1girl</gender>\n</character_1>\n\na sunny_day";
  EXPECT_EQ(fix(source).text, source);
  const FixResult all = fix(source, {}, {}, {FixLevel::all, {}});
  EXPECT_EQ(
      all.text,
      "<character_1>\n<gender>1girl</gender>\n</character_1>\n\n<caption>a sunny day</caption>");
  EXPECT_EQ(all.applied.size(), 2U);
}

TEST(Fix, keeps_every_other_byte) {
  const std::string source =
      "<character_1>\r\n\t<appearance>  a ,b, a </appearance>\r\n</character_1>  ";
  EXPECT_EQ(fix(source).text,
            "<character_1>\r\n\t<appearance>  a ,b </appearance>\r\n</character_1>  ");
}

TEST(Fix, mends_many_things_at_once) {
  const std::string source =
      "Here is your prompt:\n```xml\n<scene>\n<character "
      "1>\n<name>rem</name>\n<appearance>((blue_hair)), smile:1.2, "
      "blue_hair</clothing>\n</character 1>\n<caption>**Rem** has "
      "blue_hair.</caption>\n</scene>\n```\n";
  const FixResult fixed = fix(source);
  EXPECT_EQ(
      fixed.text,
      "<character_1>\n<n>rem</n>\n<appearance>blue_hair, (smile:1.2)</appearance>\n</character_1>\n"
      "<caption>Rem has blue hair.</caption>\n");
  EXPECT_EQ(fix(fixed.text).text, fixed.text);
  EXPECT_FALSE(has_errors(fixed.remaining));
}

TEST(Fix, edits_inside_json_strings) {
  const std::string source =
      R"({"image": {"tags": "<general_tags>\n<style>a\"b, (x), a\"b</style>\n</general_tags>"}})";
  EXPECT_EQ(fix(source).text,
            R"({"image": {"tags": "<general_tags>\n<style>a\"b, x</style>\n</general_tags>"}})");
}

}  // namespace
}  // namespace newbie::prompt
