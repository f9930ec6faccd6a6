// The same recipe, the same files; and what replay says when they are not.

#include "cli/workbench/workbench_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Snapshot : public WorkbenchTest {
 protected:
  ProgramResult snapshot(Strings more) {
    more.insert(more.begin(), {"snapshot", "-q", "--model", model()});
    return run(more);
  }
  ProgramResult replay(Strings more) {
    more.insert(more.begin(), {"replay", "-q", "--model", model()});
    return run(more);
  }
};

TEST_F(Snapshot, WritesThePictureAndEverythingAboutIt) {
  put_recipe("a.toml", "negative = \"lowres\"\n");
  const auto result = snapshot({"{}/a.toml", "-o", "{}/a.png"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, path("a.png") + "\n" + path("a.json") + "\n");
  const Json manifest = json_file("a.json");
  EXPECT_EQ(manifest["picture"]["width"], 64);
  EXPECT_EQ(manifest["picture"]["bytes"], std::filesystem::file_size(at("a.png")));
  const Json& recipe = manifest["recipe"];
  EXPECT_EQ(recipe["request"]["negative"], "lowres");
  EXPECT_EQ(recipe["id"], recipe_in("a.png")["id"]);
  EXPECT_GE(recipe["weights"].size(), 4u);
  for (const char* stage : {"conditioning", "noise", "latent", "pixels"}) {
    EXPECT_EQ(recipe["hashes"][stage].get<std::string>().size(), 16u) << stage;
  }
  EXPECT_EQ(recipe["texts"]["hashes"].size(), 2u);
  EXPECT_TRUE(manifest["run"]["seconds"].contains("sample"));
  EXPECT_GT(manifest["run"]["peak_bytes"]["all at once"], 0);
  EXPECT_GT(manifest["run"]["peak_resident_bytes"], 0);
}

TEST_F(Snapshot, TwoRunsGiveTheSameFilesForAnyNumberOfThreads) {
  put_recipe("a.toml");
  std::string picture;
  Json manifest;
  for (const char* threads : {"1", "2", "3", "2"}) {
    ASSERT_EQ(snapshot({"{}/a.toml", "-o", "{}/a.png", "--threads", threads}).exit_code, 0);
    Json now = json_file("a.json");
    now.erase("run");
    if (picture.empty()) {
      picture = read_file(at("a.png"));
      manifest = now;
    }
    EXPECT_TRUE(read_file(at("a.png")) == picture) << threads << " threads";
    EXPECT_EQ(now, manifest) << threads << " threads";
  }
}

TEST_F(Snapshot, APicturesPlaceInABatchDoesNotShow) {
  put_recipe("three.toml", "count = 3\nbatch = 3\n");
  put_recipe("pairs.toml", "count = 3\nbatch = 2\n");
  ASSERT_EQ(snapshot({"{}/three.toml", "-o", "{}/three-{index}.png"}).exit_code, 0);
  ASSERT_EQ(snapshot({"{}/pairs.toml", "-o", "{}/pairs-{index}.png"}).exit_code, 0);
  for (const char* index : {"1", "2", "3"}) {
    const std::string three = std::string("three-") + index + ".png";
    EXPECT_TRUE(read_file(at(three)) == read_file(at(std::string("pairs-") + index + ".png")));
    const auto again = replay({path(three)});
    EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
    EXPECT_THAT(again.out, HasSubstr("same bytes"));
  }
}

TEST_F(Snapshot, ARecipesModelGoesBeforeTheOneThatComesAlong) {
  std::filesystem::create_directory_symlink(NEWBIE_SOURCE_DIR "/weights", at("weights"));
  put_recipe("a.toml", "model = \"" + model() + "\"\n");
  const auto drawn = run_program({"sh", "-c",
                                  "cd '" + folder_.path().string() +
                                      "' && exec " NEWBIE_PROGRAM " snapshot -q a.toml -o a.png"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(recipe_in("a.png")["model"], "tiny-newbie");
}

TEST_F(Snapshot, APictureIsARecipe) {
  put_recipe("a.toml");
  ASSERT_EQ(snapshot({"{}/a.toml", "-o", "{}/a.png"}).exit_code, 0);
  ASSERT_EQ(snapshot({"{}/a.png", "-o", "{}/b.png"}).exit_code, 0);
  ASSERT_EQ(snapshot({"{}/a.json", "-o", "{}/c.png"}).exit_code, 0);
  EXPECT_TRUE(read_file(at("a.png")) == read_file(at("b.png")));
  EXPECT_TRUE(read_file(at("a.png")) == read_file(at("c.png")));
  ASSERT_EQ(snapshot({"{}/a.png", "-o", "{}/d.png", "--cfg", "7"}).exit_code, 0);
  EXPECT_EQ(recipe_in("d.png")["request"]["cfg"], 7.0);
  EXPECT_EQ(recipe_in("d.png")["request"]["seed"], 7);
  EXPECT_NE(recipe_in("d.png")["id"], recipe_in("a.png")["id"]);
}

TEST_F(Snapshot, VariationsComeFromTheRecipeAlone) {
  put_recipe("a.toml", "variation = 0.2\nvariation_seed = 5\ncount = 2\n");
  ASSERT_EQ(snapshot({"{}/a.toml", "-o", "{}/a-{index}.png"}).exit_code, 0);
  const Json first = recipe_in("a-1.png"), second = recipe_in("a-2.png");
  EXPECT_EQ(first["request"]["seed"], second["request"]["seed"]);
  EXPECT_EQ(second["request"]["variation_seed"], 6);
  EXPECT_NE(first["hashes"]["noise"], second["hashes"]["noise"]);
  EXPECT_EQ(replay({path("a-2.png")}).exit_code, 0);
}

TEST_F(Snapshot, ReplayNamesWeightsThatChanged) {
  put_recipe("a.toml");
  ASSERT_EQ(snapshot({"{}/a.toml", "-o", "{}/a.png"}).exit_code, 0);
  const std::string other = copied_model("model");
  const auto weights = at("model") / "transformer";
  for (const auto& entry : std::filesystem::directory_iterator(weights)) {
    if (entry.path().extension() == ".safetensors") damage(entry.path());
  }
  const auto result = run({"replay", "-q", "--model", other, path("a.json"), "-o", "{}/again.png"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("because  weights transformer/"));
  EXPECT_THAT(result.out, HasSubstr("(written 20"));
  EXPECT_THAT(result.out, Not(HasSubstr("weights vae/")));
  const auto json = run({"replay", "-q", "--json", "--model", other, path("a.png")});
  EXPECT_EQ(json.exit_code, 1);
  const Json verdict = parse_json(json.out, "verdict").value();
  EXPECT_EQ(verdict["because"][0]["kind"], "weights");
  EXPECT_TRUE(std::filesystem::exists(at("again.png")));
}

TEST_F(Snapshot, FilesThatAreNoRecipesAreRefused) {
  put_recipe("a.toml");
  EXPECT_THAT(replay({path("a.toml")}).err, HasSubstr("error[recipe.not_made]"));
  put("b.toml", "stepz = 3\n");
  const auto unknown = snapshot({path("b.toml")});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"steps\"?"));
  image::write_png(at("plain.png"), image::Picture::blank(16, 16));
  EXPECT_THAT(replay({path("plain.png")}).err, HasSubstr("error[recipe.none]"));
  EXPECT_THAT(run({"replay", "absent.png"}).err, HasSubstr("error[file.missing]"));
  EXPECT_THAT(shell("unset NEWBIE_MODEL; newbie snapshot a.toml").err,
              HasSubstr("error[request.model]"));
}

TEST_F(Snapshot, AVaeHasANameInTheModelsFolder) {
  put_recipe("a.toml");
  const std::string other = copied_model("model");
  std::filesystem::copy(at("model") / "vae", at("model") / "vae-anime",
                        std::filesystem::copy_options::recursive);
  const auto result = run(
      {"snapshot", "-q", "--model", other, path("a.toml"), "-o", "{}/a.png", "--vae", "vae-anime"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::string names;
  const Json recipe = recipe_in("a.png");
  for (const auto& [name, hash] : recipe["weights"].items()) names += name + " ";
  EXPECT_THAT(names, HasSubstr("vae-anime/")) << "the VAE that drew it is the one that is named";
  EXPECT_THAT(names, Not(HasSubstr(" vae/")));
  const auto wrong =
      run({"snapshot", "-q", "--model", other, path("a.toml"), "--vae", "vae-anmie"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("error[model.unknown_vae]"));
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"vae-anime\"?"));
}

}  // namespace
}  // namespace newbie::test
