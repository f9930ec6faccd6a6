// `newbie world` as a user meets it: files, streams, exit codes, refusals.

#include <gtest/gtest.h>

#include "base/json.h"
#include "image/png.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

ProgramResult world(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), {NEWBIE_PROGRAM, "world"});
  return run_program(arguments, input);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string kTwo =
    "<character_1><gender>1girl</gender><appearance>pink_hair, twintails, aqua_eyes</appearance>"
    "<clothing>red_dress, glasses</clothing><expression>smile</expression><action>waving</action>"
    "<position>left</position></character_1>"
    "<character_2><gender>1boy</gender><appearance>black_hair, short_hair, red_eyes</appearance>"
    "<clothing>blue_suit</clothing><expression>angry</expression><action>standing</action>"
    "<position>right</position></character_2>"
    "<general_tags><background>beach</background><environment>sunset</environment></general_tags>";

TEST(WorldRender, WritesATrainingSet) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "set";
  const ProgramResult result = world({"render", "--count", "5", "--seed", "2", "--size", "96",
                                      "--aspect", "all", "--parts", "--out", out, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out)["pictures"], 5);
  for (const char* name : {"1_world/000000.png", "1_world/000000.txt", "1_world/000004.png",
                           "parts/000004.png", "metadata.jsonl"}) {
    EXPECT_TRUE(fs::exists(fs::path(out) / name)) << name;
  }
  const image::Picture wide = image::read_png(fs::path(out) / "1_world/000002.png");
  EXPECT_GT(wide.width, wide.height) << "the third of four aspects is 4:3";
}

TEST(WorldRender, IsQuietAndTheSameAgain) {
  const TemporaryFolder a, b;
  for (const auto* folder : {&a, &b}) {
    const std::string threads = folder == &a ? "1" : "2";
    const ProgramResult result = world(
        {"render", "-n", "3", "--size", "64", "-o", folder->path(), "--threads", threads, "-q"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.out + result.err, "");
  }
  for (const char* name : {"1_world/000001.png", "1_world/000002.txt", "metadata.jsonl"}) {
    EXPECT_EQ(slurp(a.path() / name), slurp(b.path() / name)) << name;
  }
}

TEST(WorldSheet, DrawsSamplesAndTheVocabulary) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "sheet.png";
  EXPECT_EQ(world({"sheet", "-n", "4", "--columns", "2", "--size", "64", "-o", file}).exit_code, 0);
  EXPECT_EQ(image::read_png(file).width, 2 * 64 + 3 * 4);
  EXPECT_EQ(world({"sheet", "--vocabulary", "--size", "64", "-o", file}).exit_code, 0);
  EXPECT_EQ(image::read_png(file).height, 15 * 64 + 16 * 4);
}

TEST(WorldDraw, DrawsAPromptAndTellsWhatIsWhere) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "truth.png", parts = folder.path() / "parts.png";
  const ProgramResult result =
      world({"draw", "--text", kTwo, "--seed", "3", "-o", file, "--parts", parts, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json truth = Json::parse(result.out);
  EXPECT_EQ(truth["characters"][0]["hair_color"], "pink_hair");
  EXPECT_EQ(truth["characters"][1]["clothing"], "suit");
  EXPECT_EQ(truth["scene"]["time"], "sunset");
  EXPECT_LT(truth["characters"][0]["box"][0], truth["characters"][1]["box"][0]);
  EXPECT_TRUE(truth["unknown"].empty());
  EXPECT_EQ(result.err, "");
  const image::Picture picture = image::read_png(file), map = image::read_png(parts);
  EXPECT_EQ(picture.width, 256);
  EXPECT_EQ(map.width, 256);
}

TEST(WorldDraw, ReadsStandardInputAndWarnsOfWhatItCannotDraw) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "truth.png";
  const ProgramResult result =
      world({"draw", "-o", file, "--aspect", "2:3"}, "1girl, pink_hair, twintails, holding_sword");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, file + "\n");
  EXPECT_TRUE(contains(result.err, "cannot draw character_1: holding_sword")) << result.err;
  EXPECT_TRUE(contains(result.err, "clothing is")) << "what was left open is named: " << result.err;
  const image::Picture picture = image::read_png(file);
  EXPECT_LT(picture.width, picture.height);
}

TEST(WorldDraw, RefusesPromptsWithoutAnybody) {
  const ProgramResult result = world({"draw", "--text", "<caption>A quiet street.</caption>"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.err, "error[world.no_characters]")) << result.err;
}

TEST(World, RefusesImpossibleSizesAndNumbers) {
  EXPECT_EQ(world({"draw", "--text", kTwo, "--size", "3"}).exit_code, 2);
  EXPECT_EQ(world({"draw", "--text", kTwo, "--width", "100000"}).exit_code, 2);
  EXPECT_EQ(world({"render", "--characters", "9", "-o", "nowhere"}).exit_code, 2);
  EXPECT_EQ(world({"sheet", "--count", "0"}).exit_code, 2);
  const ProgramResult aspect = world({"sheet", "--aspect", "3:5"});
  EXPECT_EQ(aspect.exit_code, 2);
  EXPECT_TRUE(contains(aspect.err, "3:4")) << aspect.err;
}

}  // namespace
}  // namespace newbie::test
