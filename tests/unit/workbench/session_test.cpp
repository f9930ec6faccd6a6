#include "workbench/session.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "support/program.h"
#include "unit/workbench/support.h"

namespace newbie::workbench {
namespace {

using ::testing::HasSubstr;

/// A session whose pictures are requests that were asked for.
class SessionTest : public ::testing::Test {
 protected:
  SessionTest()
      : session_({.draw =
                      [this](const GenerateRequest& request) {
                        if (fail_) throw Error("request.cancelled", "cancelled");
                        drawn_.push_back(request);
                        GeneratedImage picture = test::picture_with(test::record_json(request));
                        picture.seed = request.seed;
                        return picture;
                      },
                  .resolve =
                      [](const GenerateRequest& request) {
                        if (request.steps && *request.steps > 1000) {
                          throw Error("request.field", "steps is too large");
                        }
                        GenerateRequest resolved = request;
                        resolved.steps = request.steps.value_or(28);
                        resolved.cfg = request.cfg.value_or(4.5);
                        return resolved;
                      },
                  .say = [this](const std::string& text) { said_ += text; },
                  .show = {},
                  .explain = {},
                  .watch = [this](const std::string& path) { watched_ = path; }},
                 GenerateRequest{}) {}

  std::string say(const std::string& line) {
    said_.clear();
    session_.line(line);
    return said_;
  }

  std::vector<GenerateRequest> drawn_;
  std::string said_;
  std::string watched_;
  bool fail_ = false;
  Session session_;
};

TEST_F(SessionTest, ALineOfTagsIsDrawn) {
  session_.line("1girl, solo, blue_hair");
  ASSERT_EQ(drawn_.size(), 1u);
  EXPECT_EQ(drawn_[0].prompt, "1girl, solo, blue_hair");
  EXPECT_EQ(session_.failures(), 0u);
}

TEST_F(SessionTest, SlotsAndChoicesNeverReachAnEncoder) {
  EXPECT_THAT(say("1girl, {red|blue}_hair"), HasSubstr("first of 2 prompts"));
  EXPECT_THAT(say("1girl, {{hair=pink_hair}}"), HasSubstr("defaults"));
  ASSERT_EQ(drawn_.size(), 2u);
  EXPECT_EQ(drawn_[0].prompt, "1girl, red_hair");
  EXPECT_EQ(drawn_[1].prompt, "1girl, pink_hair");
}

TEST_F(SessionTest, XmlGoesOnUntilAnEmptyLineBehindItsLastElement) {
  session_.line("<character_1>");
  session_.line("  <n>A</n>");
  session_.line("");
  EXPECT_TRUE(session_.in_prompt()) << "character_1 is still open";
  session_.line("</character_1>");
  EXPECT_TRUE(drawn_.empty());
  session_.line("", true);
  session_.line("<caption>rain</caption>");
  EXPECT_TRUE(session_.in_prompt()) << "a paste goes on behind empty lines";
  session_.line("");
  ASSERT_EQ(drawn_.size(), 1u);
  EXPECT_EQ(drawn_[0].prompt,
            "<character_1>\n  <n>A</n>\n\n</character_1>\n\n<caption>rain</caption>");
}

TEST_F(SessionTest, ACommandOrTheEndFinishesAPrompt) {
  session_.line("<caption>rain</caption>", true);
  session_.line(":again", true);
  EXPECT_EQ(drawn_.size(), 2u);
  session_.line("<caption>snow</caption>", true);
  session_.end();
  ASSERT_EQ(drawn_.size(), 3u);
  EXPECT_EQ(drawn_[2].prompt, "<caption>snow</caption>");
}

TEST_F(SessionTest, PromptsWithErrorsAreShownNotDrawn) {
  said_.clear();
  session_.line("<caption>rain</captoin>");
  session_.end();
  EXPECT_TRUE(drawn_.empty());
  EXPECT_THAT(said_, HasSubstr("error[X"));
  EXPECT_THAT(said_, HasSubstr("not drawn"));
  EXPECT_EQ(session_.failures(), 1u);
  for (const char* command : {":again 3", ":vary 0.2 3"}) {
    EXPECT_THAT(say(command), HasSubstr(":set lenient on draws it as it is"));
  }
  EXPECT_TRUE(drawn_.empty());
  EXPECT_EQ(session_.failures(), 3u);
  say(":fix");
  EXPECT_EQ(drawn_.size(), 1u) << said_;
}

TEST_F(SessionTest, SettingsHoldForTheNextPictures) {
  session_.line("1girl");
  EXPECT_EQ(say(":set steps 20"), "steps: 20\n");
  EXPECT_EQ(say(":set cfg 7.5"), "cfg: 7.5\n");
  say(":again");
  EXPECT_EQ(drawn_.back().steps, 20);
  EXPECT_EQ(drawn_.back().cfg, 7.5);
  EXPECT_THAT(say(":set"), HasSubstr("steps: auto -> 20\ncfg: auto -> 7.5\n"));
  EXPECT_EQ(say(":set steps"), "steps: 20\n");
  EXPECT_EQ(say(":set cfg auto"), "cfg: auto\n");
  EXPECT_EQ(say(":size 832x1216"), "size: 832x1216\n");
  EXPECT_EQ(session_.request().height, 1216);
}

TEST_F(SessionTest, WrongSettingsChangeNothing) {
  EXPECT_THAT(say(":set steps 5000"), HasSubstr("error[request.field]"));
  EXPECT_THAT(say(":set stepz 5"), HasSubstr("did you mean \"steps\"?"));
  EXPECT_THAT(say(":size big"), HasSubstr("error[session.argument]"));
  EXPECT_FALSE(session_.request().steps.has_value());
  EXPECT_EQ(session_.failures(), 3u);
  EXPECT_THAT(say(":agian"), HasSubstr("did you mean :again?"));
  EXPECT_THAT(say(":again"), HasSubstr("error[session.no_prompt]"));
}

TEST_F(SessionTest, UndoTakesBackOneChangeAtATime) {
  session_.line("1girl");
  session_.line("1girl, rain");
  say(":set steps 20");
  EXPECT_EQ(say(":undo"), "steps: 20 -> auto\n");
  say(":undo");
  EXPECT_EQ(session_.request().prompt, "1girl");
  say(":undo");
  EXPECT_EQ(session_.request().prompt, "");
  EXPECT_THAT(say(":undo"), HasSubstr("nothing to take back"));
}

TEST_F(SessionTest, SeedsAndRepetition) {
  session_.line("1girl");
  EXPECT_EQ(say(":seed 7"), "seed: 7\n");
  EXPECT_EQ(say(":seed next"), "seed: 8\n");
  say(":again 3");
  ASSERT_EQ(drawn_.size(), 4u);
  EXPECT_EQ(drawn_[1].seed, 8u);
  EXPECT_EQ(drawn_[3].seed, 10u);
  EXPECT_EQ(say(":seed"), "seed: 8\n");
  EXPECT_THAT(say(":seed x"), HasSubstr("error[request.field]"));
}

TEST_F(SessionTest, VariationsTurnTheNoiseAndCanBeKept) {
  session_.line("1girl");
  say(":vary");
  say(":vary 0.3 2");
  ASSERT_EQ(drawn_.size(), 4u);
  EXPECT_EQ(drawn_[1].variation, 0.15);
  EXPECT_EQ(drawn_[1].variation_seed, 1u);
  EXPECT_EQ(drawn_[3].variation, 0.3);
  EXPECT_EQ(drawn_[3].variation_seed, 3u);
  EXPECT_EQ(drawn_[3].seed, drawn_[0].seed);
  EXPECT_EQ(session_.request().variation, 0) << "a variation is only looked at";
  say(":use 3");
  EXPECT_EQ(session_.request().variation_seed, 2u);
  say(":seed next");
  EXPECT_EQ(session_.request().variation, 0) << "another seed is another picture";
}

TEST_F(SessionTest, DifferencesSpeakOfMeaning) {
  session_.line("<character_1><n>A</n><appearance>red_hair</appearance></character_1>");
  session_.end();
  session_.line("<character_1><n>A</n><appearance>blue_hair</appearance></character_1>");
  session_.end();
  EXPECT_EQ(say(":diff"), "no difference\n");
  EXPECT_THAT(say(":diff 1"), HasSubstr("character_1.appearance: - red_hair + blue_hair"));
  EXPECT_THAT(say(":diff 2 1"), HasSubstr("- blue_hair + red_hair"));
  EXPECT_THAT(say(":diff 9"), HasSubstr("error[session.argument]"));
}

TEST_F(SessionTest, PicturesAreSavedAndLoaded) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "a.png").string();
  EXPECT_THAT(say(":save " + path), HasSubstr("no picture was drawn yet"));
  session_.line("1girl, rain");
  EXPECT_EQ(say(":save " + path), "saved " + path + "\n");
  say(":set steps 3");
  session_.line("somebody else");
  EXPECT_THAT(say(":load " + path), HasSubstr("1girl, rain"));
  EXPECT_EQ(session_.request().prompt, "1girl, rain");
  write_file(folder.path() / "p.xml", "<caption>snow</caption>");
  say(":load " + (folder.path() / "p.xml").string());
  EXPECT_EQ(drawn_.back().prompt, "<caption>snow</caption>");
  EXPECT_THAT(say(":load absent.xml"), HasSubstr("error[file.missing]"));
}

TEST_F(SessionTest, HelpExplainAndHistory) {
  const std::string help = say(":help");
  for (const SessionCommand& command : session_commands()) {
    EXPECT_THAT(help, HasSubstr(":" + command.name));
    EXPECT_EQ(say(":" + command.name).find("session.unknown_command"), std::string::npos);
  }
  session_.line(
      "<character_1><n>A</n><appearance>(red_hair:1.2), smile</appearance></character_1>");
  session_.end();
  const std::string explained = say(":explain");
  EXPECT_THAT(explained, HasSubstr("Gemma reads:"));
  EXPECT_THAT(explained, HasSubstr("x 1.20"));
  EXPECT_THAT(say(":history"), HasSubstr("seed 0, 28 steps, cfg 4.5"));
  EXPECT_THAT(say(":show"), HasSubstr("red_hair"));
}

TEST_F(SessionTest, ACancelledPictureEndsNothing) {
  fail_ = true;
  EXPECT_THAT(say("1girl"), HasSubstr("error[request.cancelled]"));
  fail_ = false;
  say(":again");
  EXPECT_EQ(drawn_.size(), 1u);
  EXPECT_EQ(session_.pictures(), 1u);
}

TEST_F(SessionTest, WatchingIsTheFacesWork) {
  session_.line(":watch p.xml");
  EXPECT_EQ(watched_, "p.xml");
  session_.line(":watch");
  EXPECT_EQ(watched_, "");
}

}  // namespace
}  // namespace newbie::workbench
