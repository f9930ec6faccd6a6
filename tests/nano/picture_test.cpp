// The shipped model draws one fixed prompt from one fixed seed: its judge sees what was asked, and
// the bytes are those of last time on this class of processor.

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "eval/binding.h"
#include "eval/classifier/model.h"
#include "image/png.h"
#include "support/program.h"
#include "world/scene_prompt.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = NEWBIE_SOURCE_DIR;
const fs::path kModel = kRoot / "weights/nano";
const fs::path kPrompt = kRoot / "assets/templates/nano_beach_pair.xml";

fs::path draw(const fs::path& to) {
  const ProgramResult result = run_program({NEWBIE_PROGRAM, "generate", "-f", kPrompt.string(),
                                            "-m", kModel.string(), "--resolution", "256x256", "-s",
                                            "7", "-o", to.string(), "--threads", "2", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return to;
}

TEST(Nano, DrawsWhatWasAsked) {
  const TemporaryFolder folder;
  const image::Picture picture = image::read_png(draw(folder.path() / "a.png"));
  const eval::Judge judge(kModel / "classifier", Device::cpu(2));
  const world::Scene asked = world::read_scene(read_file(kPrompt, 1 << 20), 0).scene;
  const eval::BindingReport report =
      eval::judge(std::vector<eval::JudgedPicture>{{asked, judge(picture).scene}});
  EXPECT_EQ(report.count, (eval::Proportion{1, 1}));
  EXPECT_EQ(report.all_colors, (eval::Proportion{1, 1}));
  EXPECT_GE(report.binding_accuracy(), 0.85);
}

/// Hashes of the picture per class of processor, since products are summed in other orders on
/// others. `NEWBIE_UPDATE=1` adds or changes the one of this machine.
TEST(Nano, DrawsTheSameBytesAsLastTime) {
  const TemporaryFolder folder;
  const fs::path known = kRoot / "tests/nano/picture.json";
  const std::string hash = hex64(hash64(read_file(draw(folder.path() / "a.png"), 1 << 24)));
  EXPECT_EQ(hash, hex64(hash64(read_file(draw(folder.path() / "b.png"), 1 << 24))));
  Json json = parse_json(read_file(known, 1 << 16), "picture.json").value();
  const ProgramResult doctor = run_program({NEWBIE_PROGRAM, "doctor", "--json"});
  const std::string processor = Json::parse(doctor.out)["instructions"];
  if (std::getenv("NEWBIE_UPDATE")) {
    json[processor] = hash;
    write_file(known, json.dump(2) + "\n");
  }
  // Elsewhere the picture must be the same twice, which was asked above.
  if (json.contains(processor)) {
    EXPECT_EQ(json[processor], hash);
  }
}

}  // namespace
}  // namespace newbie::test
