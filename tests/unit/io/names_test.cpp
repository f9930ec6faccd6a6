#include "io/names.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace newbie::io {
namespace {

std::string mapped(const char* from, const char* to, const char* name) {
  const auto captures = NamePattern(from).match(name);
  return captures ? NamePattern(to).fill(*captures) : "no match";
}

TEST(NamePattern, MapsNumbersWordsAndRests) {
  EXPECT_EQ(mapped("a.{i}.b.{j}.{*}", "x.{j}.{i}.{*}", "a.3.b.12.c.weight"), "x.12.3.c.weight");
  EXPECT_EQ(mapped("{w}.mid_block.{*}", "{w}.mid.{*}", "decoder.mid_block.x"), "decoder.mid.x");
  EXPECT_EQ(mapped("{*}.parametrizations.weight.original", "{*}.weight",
                   "a.b.parametrizations.weight.original"),
            "a.b.weight");
}

TEST(NamePattern, CountsFromTheOtherEnd) {
  EXPECT_EQ(mapped("up.{3-i}.x", "up_blocks.{i}.x", "up.0.x"), "up_blocks.3.x");
  EXPECT_EQ(mapped("up_blocks.{i}.x", "up.{3-i}.x", "up_blocks.2.x"), "up.1.x");
  EXPECT_EQ(mapped("up.{3-i}.x", "up_blocks.{i}.x", "up.4.x"), "no match");
}

TEST(NamePattern, RefusesWhatOnlyLooksAlike) {
  EXPECT_EQ(mapped("a.{i}.b", "{i}", "a.x.b"), "no match");
  EXPECT_EQ(mapped("a.{i}.b", "{i}", "a.01.b"), "no match") << "01 is another name than 1";
  EXPECT_EQ(mapped("a.{i}.b", "{i}", "a..b"), "no match");
  EXPECT_EQ(mapped("{w}.b", "{w}", "a.c.b"), "no match") << "a word has no dots";
  EXPECT_EQ(mapped("a.{*}", "{*}", "a."), "no match");
  EXPECT_EQ(mapped("a.{i}.{i}", "{i}", "a.1.2"), "no match") << "one letter, one number";
  EXPECT_EQ(mapped("a.{i}", "{i}", "a.99999999999999999999999"), "no match");
}

TEST(Place, SplitsAndAddsAxes) {
  const NamesTable table{"t",
                         "anchor",
                         {Concat{"{i}.qkv", {"{i}.q", "{i}.k", "{i}.v"}, {4, 2, 2}},
                          Rename{"{*}.proj.weight", "{*}.conv.weight", 2}},
                         {}};
  const auto parts = place({"7.qkv", {8, 5}}, table);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].name, "7.k");
  EXPECT_EQ(parts[1].shape, (Shape{2, 5}));
  EXPECT_EQ(parts[1].row_begin, 4);
  EXPECT_EQ(parts[1].row_end, 6);
  EXPECT_EQ(place({"a.proj.weight", {3, 4}}, table)[0].shape, (Shape{3, 4, 1, 1}));
  EXPECT_EQ(place({"other", {3}}, table)[0].name, "other");
  EXPECT_THROW(place({"7.qkv", {9, 5}}, table), Error);
}

}  // namespace
}  // namespace newbie::io
