/// The lossless tree: every byte, the shape after mistakes, the four kinds of input, the limits.

#include "prompt/parse.h"

#include <fmt/format.h>

#include "prompt/scan.h"
#include "support.h"

namespace newbie::prompt {
namespace {

/// `name(name(...) ...)`: the elements of a tree, with values in quotes.
std::string shape(const SyntaxTree& tree, NodeId id = 0) {
  std::string out;
  for_each_child(tree, id, [&](NodeId child) {
    const NodeKind kind = tree.node(child).kind;
    if (kind == NodeKind::element) {
      out += std::string(tree.element_name(child)) + "(" + shape(tree, child) + ")";
    } else if (kind == NodeKind::value) {
      out += fmt::format("\"{}\"", trim(tree.text(child)));
    } else if (kind == NodeKind::stray_close || kind == NodeKind::skipped) {
      out += "!";
    }
  });
  return out;
}

std::string shape_of(const std::string& source) {
  const Parsed parsed = parse(source, {.kind = InputKind::xml, .limits = {}});
  testing::expect_tiled(parsed.tree);
  return shape(parsed.tree);
}

TEST(Parse, keeps_every_byte) {
  for (const char* source :
       {"", " ", "<", "<a", "<a b='c'>", "a, b", "<!-- x", "{\"image\": {}}", "\xff\xfe", "<a/>",
        "</a>", "x<!--y-->z", "<image ><n weight = \"1\" >(a , b : 1.2 )</n></image>",
        "<?xml version='1.0'?><caption>a</caption>"}) {
    for (InputKind kind : {InputKind::automatic, InputKind::xml, InputKind::tags, InputKind::text,
                           InputKind::json}) {
      const Parsed parsed = parse(source, {.kind = kind, .limits = {}});
      EXPECT_EQ(parsed.source(), source);
      testing::expect_tiled(parsed.tree);
    }
  }
}

TEST(Parse, recovers_where_the_author_meant) {
  EXPECT_EQ(shape_of("<character_1><n>a</n></character_1>"), "character_1(n(\"a\"))");
  EXPECT_EQ(shape_of("<character_1><n>a<gender>b</gender></character_1>"),
            "character_1(n(\"a\")gender(\"b\"))");
  EXPECT_EQ(shape_of("<character_1><n>a</gender></character_1>"), "character_1(n(\"a\"))");
  EXPECT_EQ(shape_of("<character_1><n>a</n><character_2></character_2>"),
            "character_1(n(\"a\"))character_2()");
  EXPECT_EQ(shape_of("<character_1></n></character_1>"), "character_1(!)");
  EXPECT_EQ(shape_of("<character_1><n>a</character_1></n>"), "character_1(n(\"a\"))!");
  EXPECT_EQ(shape_of("<style>a<style>b</style>"), "style(\"a\")style(\"b\")");
  EXPECT_EQ(shape_of("<environment><lighting>a</lighting></environment>"),
            "environment(lighting(\"a\"))");
  EXPECT_EQ(shape_of("<mood>a, <b>c</b></mood>"), "mood(\"a,\"b(\"c\"))");
  EXPECT_EQ(shape_of("<character 1>a</character 1>"), "character 1(\"a\")");
  EXPECT_EQ(shape_of("<n>a < b > c</n>"), "n(\"a < b > c\")");
}

TEST(Parse, leads_from_decoded_json_back_to_the_source) {
  const std::string source = R"({"image": {"tags": "<caption>a \"big\"\ncat</caption>"}})";
  const Parsed parsed = parse(source);
  ASSERT_EQ(parsed.kind(), InputKind::json);
  const Element* caption = parsed.prompt.find("caption");
  ASSERT_NE(caption, nullptr);
  EXPECT_EQ(caption->items[0].text, "a \"big\" cat");
  EXPECT_EQ(parsed.tree.source_span(caption->value_span).of(source), R"(a \"big\"\ncat)");
  EXPECT_EQ(parsed.tree.source_spelling(caption->value_span, "say \"hi\"\n"), R"(say \"hi\"\n)");
}

TEST(Parse, tells_the_kinds_apart) {
  const std::vector<std::pair<const char*, InputKind>> cases{
      {"<character_1><n>a</n></character_1>", InputKind::xml},
      {"{<character_1></character_1>}", InputKind::xml},
      {"```xml\n<caption>a</caption>\n```", InputKind::xml},
      {"You draw. <Prompt Start> <caption>a</caption>", InputKind::xml},
      {"<mood>a</mood>", InputKind::xml},
      {"<?xml version=\"1.0\"?>", InputKind::xml},
      {"A scene: <general tags><count>solo</count></general tags>", InputKind::xml},
      {"{\"image\": {\"tags\": \"a\"}}", InputKind::json},
      {"{\"character_1\": {}}", InputKind::json},
      {"{\"other\": 1}", InputKind::text},
      {"1girl, solo, blue_hair", InputKind::tags},
      {"1girl， solo、 blue_hair", InputKind::tags},
      {"蓝白配色+双马尾+制服+雨天", InputKind::tags},
      {"<lora:a:1> 1girl, solo, smile", InputKind::tags},
      {"<!-- weight:0.6 -->a, b, c", InputKind::tags},
      {"1girl\nsolo\nsmile", InputKind::tags},
      {"1girl, solo", InputKind::text},
      {"A girl, a cat, and a dog walk through the rain.", InputKind::text},
      {"I <3 you, really, truly!", InputKind::text},
      {"一个女孩在雨中行走，她穿着蓝色的裙子。", InputKind::text},
      {"a very long first part of it, another quite long second part, the third rather long part",
       InputKind::text},
      {"", InputKind::text}};
  for (const auto& [source, kind] : cases) EXPECT_EQ(detect_kind(source), kind) << source;
}

TEST(Parse, refuses_what_is_beyond_the_limits) {
  const std::string deep(2000, 'x');
  std::string nested;
  for (int i = 0; i < 40; ++i) nested += "<mood>";
  const Parsed parsed = parse(nested + deep);
  ASSERT_FALSE(parsed.tree.issues.empty());
  EXPECT_EQ(parsed.tree.issues[0].kind, IssueKind::too_deep);
  EXPECT_EQ(parse(std::string(70000, 'a')).tree.issues[0].kind, IssueKind::too_large);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "<n/>";
  EXPECT_EQ(parse(many).tree.issues[0].kind, IssueKind::too_many_elements);
}

TEST(Parse, never_expands_entities) {
  const Parsed parsed =
      parse("<!DOCTYPE a [<!ENTITY b \"boom\">]><caption>&b; &amp; &#65;&#x42; &#0;</caption>");
  EXPECT_EQ(parsed.prompt.find("caption")->items[0].text, "&b; & AB &#0;");
}

}  // namespace
}  // namespace newbie::prompt
