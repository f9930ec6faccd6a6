// Tables of pictures: drawn, resumed, laid out; and two pictures beside each other.

#include "cli/workbench/workbench_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;

size_t times(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

class Sweep : public WorkbenchTest {
 protected:
  ProgramResult sweep(const std::string& out, Strings more) {
    more.insert(more.begin(), {"sweep", "--model", model(), "--resolution", "64x48", "--steps", "2",
                               "--json", "-o", "{}/" + out});
    return run(more);
  }
  static Json counts(const ProgramResult& result) { return parse_json(result.out, "out").value(); }
};

TEST_F(Sweep, DrawsEveryCellAndOneSheet) {
  const auto result = sweep("s", {"1girl, blue_hair", "--x", "cfg=3,5,7", "--y", "seed=1..2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(counts(result)["drawn"], 6);
  const image::Picture sheet = image::read_png(at("s/sheet.png"));
  EXPECT_GT(sheet.width, 3 * 64);
  EXPECT_GT(sheet.height, 2 * 48);
  const Json json = json_file("s/sweep.json");
  ASSERT_EQ(json["cells"].size(), 6u);
  EXPECT_EQ(json["x"]["labels"][1], "cfg 5");
  for (const Json& cell : json["cells"]) {
    const Json recipe = recipe_in("s/" + cell["file"].get<std::string>());
    EXPECT_EQ(recipe["id"], cell["id"]);
    EXPECT_EQ(recipe["request"]["cfg"], cell["request"]["cfg"]);
  }
  EXPECT_EQ(times(result.err, "encode prompt ..."), 1u) << "one prompt is encoded once";
  EXPECT_EQ(times(result.err, "load transformer ..."), 1u) << "networks stay loaded";
}

TEST_F(Sweep, GoesOnWhereItStopped) {
  const Strings axes{"1girl, {red|blue}_hair", "--y", "steps=2,3"};
  ASSERT_EQ(sweep("s", axes).exit_code, 0);
  const std::string sheet = read_file(at("s/sheet.png"));
  const std::string json = read_file(at("s/sweep.json"));
  std::vector<std::filesystem::path> cells;
  for (const auto& entry : std::filesystem::directory_iterator(at("s/cells"))) {
    cells.push_back(entry.path());
  }
  ASSERT_EQ(cells.size(), 4u);
  std::filesystem::remove(cells[0]);
  write_file(cells[1], read_file(cells[1]).substr(0, 500));  // a damaged file
  write_file(cells[2], read_file(cells[3]));                 // somebody else's picture
  std::filesystem::remove(at("s/sheet.png"));
  const auto again = sweep("s", axes);
  EXPECT_EQ(counts(again)["drawn"], 3);
  EXPECT_EQ(counts(again)["reused"], 1);
  EXPECT_TRUE(read_file(at("s/sheet.png")) == sheet);
  EXPECT_EQ(read_file(at("s/sweep.json")), json);
}

TEST_F(Sweep, AnInterruptedSweepLeavesWholeFilesOnly) {
  const auto stopped = shell(
      NEWBIE_PROGRAM
      " sweep '1girl' --x seed=1..40 --resolution 64x48 --steps 2 -q -o s & pid=$!\n"
      "for i in $(seq 500); do [ -n \"$(ls s/cells/*.png 2> /dev/null)\" ] && break; sleep 0.02; "
      "done\n"
      "kill -INT $pid; wait $pid");
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("error[request.cancelled]"));
  EXPECT_FALSE(std::filesystem::exists(at("s/sheet.png")));
  size_t cells = 0;
  for (const auto& entry : std::filesystem::directory_iterator(at("s/cells"))) {
    EXPECT_EQ(entry.path().extension(), ".png");
    EXPECT_NO_THROW(image::read_png(entry.path()));
    ++cells;
  }
  EXPECT_GE(cells, 1u);
  EXPECT_LT(cells, 40u);
}

TEST_F(Sweep, PromptsFromFilesSlotsAndReplacedWords) {
  put("a.xml", "<caption>rain</caption>");
  put("b.xml", "<caption>snow</caption>");
  ASSERT_EQ(sweep("f", {"--x", "file=" + path("a.xml") + "," + path("b.xml"), "--y", "cfg=1,3"})
                .exit_code,
            0);
  EXPECT_EQ(json_file("f/sweep.json")["x"]["labels"][1], "b");
  ASSERT_EQ(sweep("t", {"1girl, {{hair=red_hair}}, rain", "--x", "slot.hair=pink_hair,bald", "--y",
                        "replace=rain,snow"})
                .exit_code,
            0);
  EXPECT_EQ(json_file("t/sweep.json")["cells"][3]["request"]["prompt"], "1girl, bald, snow");
}

TEST_F(Sweep, MistakesAreToldBeforeAnythingIsDrawn) {
  const std::pair<const char*, Strings> cases[] = {
      {"sweep.no_axis", {"1girl"}},
      {"request.unknown_field", {"1girl", "--x", "stepz=1,2"}},
      {"request.field", {"1girl", "--x", "steps=2,5000"}},
      {"request.field", {"1girl", "--x", "sampler=euler,eulr"}},
      {"sweep.axis", {"1girl", "--x", "replace=rain,snow"}},
      {"sweep.too_many", {"1girl", "--x", "seed=1..30", "--y", "steps=1..30"}}};
  for (const auto& [code, arguments] : cases) {
    const auto result = sweep("none", arguments);
    EXPECT_EQ(result.exit_code, 2) << code;
    EXPECT_THAT(result.err, HasSubstr(std::string("error[") + code + "]"));
  }
  EXPECT_FALSE(std::filesystem::exists(at("none")));
}

TEST_F(Sweep, NothingThatWasAskedForIsDropped) {
  const auto twice = sweep("none", {"1girl", "--x", "cfg=1,2", "--x", "steps=1,2"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("--x is given 2 times, expected once"));
  EXPECT_THAT(sweep("none", {"1girl", "--x"}).err, HasSubstr("--x needs a value"));
  const auto count = sweep("none", {"1girl", "--x", "count=1,2"});
  EXPECT_THAT(count.err, HasSubstr("every cell is one picture"));
  EXPECT_THAT(sweep("none", {"--x", "cfg=1,2"}).err, HasSubstr("error[request.no_prompt]"));
  EXPECT_FALSE(std::filesystem::exists(at("none")));
}

TEST_F(Sweep, AnInterruptedOneTellsHowToGoOn) {
  const auto result = shell(
      NEWBIE_PROGRAM
      " sweep 1girl -q --resolution 64x48 --x steps=2,900 --out s > log 2>&1 & pid=$!\n"
      "for i in $(seq 1500); do ls s/cells/*.png > /dev/null 2>&1 && break; sleep 0.02; done\n"
      "kill -INT $pid; wait $pid; echo ended $?; cat log");
  EXPECT_THAT(result.out, HasSubstr("ended 130"));
  EXPECT_THAT(result.out, HasSubstr("s keeps what is drawn: the same command goes on from here"));
}

TEST_F(Sweep, APromptThatIsNoUtf8IsRefusedNotMended) {
  put("gbk.txt", "\xd3\xea");
  const auto result = sweep("none", {"-f", path("gbk.txt"), "--x", "cfg=1,2", "--cfg", "3"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("error[prompt.invalid_utf8]"));
}

TEST_F(Sweep, TwoCellsAreCompared) {
  put_recipe("a.toml");
  ASSERT_EQ(run({"snapshot", "-q", "--model", model(), path("a.toml"), "-o", "{}/a.png"}).exit_code,
            0);
  ASSERT_EQ(
      run({"snapshot", "-q", "--model", model(), path("a.toml"), "-o", "{}/b.png", "--cfg", "9"})
          .exit_code,
      0);
  const auto same = run({"compare", path("a.png"), path("a.png")});
  EXPECT_EQ(same.exit_code, 0);
  EXPECT_EQ(same.out, "same pixels\nthe recipes are the same\n");
  const auto other = run(
      {"compare", path("a.png"), path("b.png"), "-o", "{}/side.png", "--difference", "{}/map.png"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.out, HasSubstr("PSNR"));
  EXPECT_THAT(other.out, HasSubstr("  cfg: 4.5 -> 9\n"));
  EXPECT_EQ(image::read_png(at("map.png")).width, 64);
  EXPECT_GT(image::read_png(at("side.png")).width, 3 * 64);
  const Json json =
      parse_json(run({"compare", "--json", path("a.png"), path("b.png")}).out, "json").value();
  EXPECT_EQ(json["recipes"]["settings"][0]["name"], "cfg");
  EXPECT_EQ(run({"compare", path("a.png"), "absent.png"}).exit_code, 2);
}

}  // namespace
}  // namespace newbie::test
