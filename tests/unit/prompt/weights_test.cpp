/// The one rule about weights, and what is not a weight.

#include "prompt/compile.h"
#include "support.h"

namespace newbie::prompt {
namespace {

using Weighted = std::vector<std::pair<std::string, double>>;

/// What weighs other than 1 in the compiled text.
Weighted weights_of(const std::string& source, InputKind kind = InputKind::automatic) {
  const CompiledText compiled = compile_positive(parse(source, {.kind = kind, .limits = {}}));
  Weighted out;
  for (const WeightSpan& weight : compiled.weights) {
    out.emplace_back(weight.span.of(compiled.caption), weight.weight);
  }
  return out;
}

std::string caption_of(const std::string& source, InputKind kind = InputKind::automatic) {
  return compile_positive(parse(source, {.kind = kind, .limits = {}})).caption;
}

std::string in_appearance(const std::string& value) {
  return "<character_1><appearance>" + value + "</appearance></character_1>";
}

TEST(Weights, comment_binds_to_the_next_item_only) {
  const std::string article = in_appearance(
      "blue_hair, long_twintails <!-- weight:0.6 -->teal_eyes <!-- explanation: lower pupil colour "
      "strength -->");
  EXPECT_EQ(weights_of(article), (Weighted{{"teal_eyes", 0.6}}));
  EXPECT_EQ(caption_of(article),
            "<character_1>\n<appearance>blue_hair, long_twintails, "
            "teal_eyes</appearance>\n</character_1>");
  EXPECT_EQ(weights_of(in_appearance("<!-- weight=1.5 --> a, b")), (Weighted{{"a", 1.5}}));
  EXPECT_EQ(weights_of(in_appearance("<!-- WEIGHT : .5 -->(a, b:1)")),
            (Weighted{{"a", 0.5}, {"b", 0.5}}));
}

TEST(Weights, comment_binds_to_the_next_element) {
  EXPECT_EQ(weights_of("<general_tags><!-- weight:0.5 --><style>a, "
                       "b</style><quality>c</quality></general_tags>"),
            (Weighted{{"a, b", 0.5}}));
  EXPECT_EQ(weights_of("<caption>one <!-- weight:1.2 -->two words</caption>"),
            (Weighted{{"two words", 1.2}}));
  EXPECT_EQ(weights_of(in_appearance("a <!-- weight:0.6 -->")), Weighted{});
}

TEST(Weights, groups_multiply_and_are_clamped) {
  EXPECT_EQ(weights_of(in_appearance("((a:1.5), b:0.5), c")), (Weighted{{"a", 0.75}, {"b", 0.5}}));
  EXPECT_EQ(weights_of("<general_tags weight=\"0.5\"><style>(a:0.5), b</style></general_tags>"),
            (Weighted{{"a", 0.25}, {", b", 0.5}}));
  EXPECT_EQ(weights_of(in_appearance("((a:1.9):1.9), (b:-3), (c:9)")),
            (Weighted{{"a", 2}, {"b", 0}, {"c", 2}}));
  EXPECT_EQ(
      weights_of("<general_tags weight=\"1.9\"><style weight=\"1.9\">a</style></general_tags>"),
      (Weighted{{"a", 2}}));
}

TEST(Weights, lie_inside_items_and_sentences) {
  EXPECT_EQ(weights_of(in_appearance("long (red:1.3) dress")), (Weighted{{"red", 1.3}}));
  EXPECT_EQ(caption_of(in_appearance("long (red:1.3) dress")),
            "<character_1>\n<appearance>long_red_dress</appearance>\n</character_1>");
  EXPECT_EQ(weights_of("A girl with (very blue hair:1.4) smiles (at (you:0.5):1.2)."),
            (Weighted{{"very blue hair", 1.4}, {"at", 1.2}, {"you", 0.6}}));
  EXPECT_EQ(caption_of("A girl with (very blue hair:1.4) smiles."),
            "A girl with very blue hair smiles.");
  EXPECT_EQ(weights_of("a, (b, c:1.2), d", InputKind::tags), (Weighted{{"b", 1.2}, {"c", 1.2}}));
}

TEST(Weights, are_not_found_in_names_faces_and_brackets) {
  for (const char* value :
       {"artoria_pendragon_(fate)", ":), :(, >:(", ">_<", "(ereshkigal (fate))", "((a))", "[a]",
        "{a}", "a:1.2", "(a)1.2", "\\(a:1.2\\)", "(:1.2)", "(a:b)", "(a:1.2", "a:1.2)"}) {
    EXPECT_EQ(weights_of(in_appearance(value)), Weighted{}) << value;
    EXPECT_EQ(weights_of(value, InputKind::tags), Weighted{}) << value;
  }
  EXPECT_EQ(caption_of("a \\(b:1.2\\)", InputKind::tags), "a_(b:1.2)");
}

TEST(Weights, of_one_leave_the_bytes_alone) {
  const std::string plain =
      "<character_1><appearance>a, b c</appearance></character_1><caption>d e.</caption>";
  const std::string ones =
      "<character_1 weight=\"1\"><appearance>(a:1), <!-- weight:1.0 -->b "
      "(c:1.00)</appearance></character_1>"
      "<caption weight=\"1.0\">(d:1) e.</caption>";
  const CompiledText a = compile_positive(parse(plain));
  const CompiledText b = compile_positive(parse(ones));
  EXPECT_EQ(a.gemma, b.gemma);
  EXPECT_EQ(a.jina, b.jina);
  EXPECT_TRUE(b.weights.empty());
  EXPECT_EQ(a.content_hash, b.content_hash);
}

TEST(Weights, leave_no_symbol_and_no_comment) {
  const std::string text = caption_of(
      "<general_tags weight=\"0.5\"><!-- note --><style>(a:1.2)<!-- weight:0.3 -->, (b, "
      "(c:0.1):1.9)</style></general_tags>");
  EXPECT_EQ(text, "<general_tags>\n<style>a, b, c</style>\n</general_tags>");
}

TEST(Weights, canonical_form_writes_them_one_way) {
  EXPECT_EQ(print(testing::meaning(in_appearance("a <!-- weight:0.604 -->b, (c:1), (d:.5)"))),
            "<character_1>\n<appearance>a, (b:0.6), c, (d:0.5)</appearance>\n</character_1>");
  EXPECT_EQ(print(testing::meaning("<!-- weight:0.5 --><caption>a cat</caption>")),
            "<caption weight=\"0.5\">a cat</caption>");
}

}  // namespace
}  // namespace newbie::prompt
