#include "explain/files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/json.h"
#include "explain/overlay.h"
#include "explain/page.h"
#include "image/png.h"

namespace newbie::explain {
namespace {

Questions questions() {
  Questions asked;
  asked.nodes = {{Node::Kind::character, "character_1", "character_1", 1, {1, 5}},
                 {Node::Kind::tag, "character_1.other[0]", "</script><b>&\"x\"", 1, {2, 3}},
                 {Node::Kind::character, "character_2", "character_2", 2, {5, 9}}};
  asked.caption = "a caption";
  return asked;
}

HeatMaps maps() {
  HeatMaps made{.nodes = 3, .rows = 2, .columns = 2, .values = {}};
  for (size_t p = 0; p < kPhases.size(); ++p) {
    for (int i = 0; i < 12; ++i) {
      made.values[p].push_back(0.01f * static_cast<float>(i + 1) * static_cast<float>(p + 1));
    }
  }
  return made;
}

std::vector<File> files() {
  return files_of(questions(), maps(), image::Picture::blank(32, 16),
                  {.layers = {.every = 2}, .joint_layers = 4, .steps = 6}, 2);
}

const std::string& bytes_of(const std::vector<File>& all, const std::string& name) {
  return std::ranges::find(all, name, &File::name)->bytes;
}

TEST(ExplainFiles, HoldOverlaysDataAndAPage) {
  const auto all = files();
  std::vector<std::string> names;
  for (const File& file : all) names.push_back(file.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "index.html", "picture.png", "maps.npy", "map-character_1.png",
                "map-character_1.other-0-script-b-x.png", "map-character_2.png", "maps.json"}));
  const std::string& png = bytes_of(all, "map-character_1.png");
  const auto overlaid = image::decode_png(std::as_bytes(std::span(png)));
  EXPECT_EQ(overlaid.width, 32);
  EXPECT_EQ(overlaid.height, 16);
}

TEST(ExplainFiles, DataDescribesItself) {
  const auto all = files();
  const Json json = parse_json(bytes_of(all, "maps.json"), "maps.json").value();
  EXPECT_EQ(json["shape"], Json({4, 3, 2, 2}));
  EXPECT_EQ(json["layers"], Json({1, 3}));
  EXPECT_EQ(json["nodes"][1]["label"], "</script><b>&\"x\"");
  EXPECT_EQ(json["nodes"][2]["tokens"], Json({5, 9}));
  EXPECT_NEAR(json["nodes"][0]["share"]["whole"].get<double>(), 0.025, 1e-6);
  double told = json["leakage"][0]["elsewhere"];
  for (const auto& [name, share] : json["leakage"][0]["inside"].items())
    told += share.get<double>();
  EXPECT_NEAR(told, 1, 1e-6);

  const std::string& npy = bytes_of(all, "maps.npy");
  ASSERT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t header = static_cast<uint8_t>(npy[8]) + 256u * static_cast<uint8_t>(npy[9]);
  EXPECT_EQ((10 + header) % 64, 0u);
  EXPECT_NE(npy.find("'shape': (4, 3, 2, 2), }"), std::string::npos);
  ASSERT_EQ(npy.size(), 10 + header + 48 * sizeof(float));
  float last;
  std::memcpy(&last, npy.data() + npy.size() - sizeof last, sizeof last);
  EXPECT_FLOAT_EQ(last, 0.48f);
}

TEST(ExplainPage, NeedsNothingElseAndRunsNothingOfThePrompt) {
  const auto all = files();
  const std::string& page = bytes_of(all, "index.html");
  for (const char* outside : {"http://", "https://", "src=\"/", "@import", "url("}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.find("&lt;/script&gt;&lt;b&gt;&amp;&quot;x&quot;"), std::string::npos);
  size_t scripts = 0, ends = 0;
  for (size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at) ++scripts;
  for (size_t at = 0; (at = page.find("</script>", at)) != std::string::npos; ++at) ++ends;
  EXPECT_EQ(scripts, 2u);
  EXPECT_EQ(ends, 2u) << "a prompt cannot end the page's script";
}

TEST(ExplainPage, IsMadeForEveryone) {
  const std::string page = bytes_of(files(), "index.html");
  for (const char* part :
       {"<html lang=\"en\">", "aria-live=\"polite\"", "<legend>", "scope=\"row\"", "scope=\"col\"",
        "alt=\"The picture\"", "aria-pressed=\"false\"", "'Escape'", "pointerType === 'mouse'"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(ExplainOverlay, WhatIsLookedAtIsBrighterThanTheRest) {
  image::Picture grey = image::Picture::blank(16, 16);
  std::ranges::fill(grey.pixels, uint8_t{128});
  HeatMaps one{.nodes = 1, .rows = 2, .columns = 2, .values = {}};
  for (auto& phase : one.values) phase = {0, 1, 0, 0};
  const auto shown = overlay(grey, glow_of(one, 0, Phase::whole));
  EXPECT_GT(shown.row(2)[3 * 13], 128) << "amber over what glows";
  EXPECT_LT(shown.row(13)[3 * 2], 80) << "dark over the rest";
}

}  // namespace
}  // namespace newbie::explain
