// `newbie doctor` and `newbie memory`, and the flags that choose a device: what a person is told
// about a machine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;

ProgramResult newbie(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), NEWBIE_PROGRAM);
  return run_program(arguments);
}

ProgramResult memory(std::vector<std::string> more) {
  std::vector<std::string> all{"memory", golden_model_folder().string()};
  all.insert(all.end(), more.begin(), more.end());
  return newbie(all);
}

TEST(Memory, SaysWhatEachPartTakes) {
  const ProgramResult table = memory({"--device", "cpu", "--resolution", "256x192"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("256x192, batch 1"));
  EXPECT_THAT(table.out, HasSubstr("VAE, activations"));
  EXPECT_THAT(table.out, HasSubstr("this machine"));
  EXPECT_THAT(table.out, HasSubstr("fits"));
}

TEST(Memory, GrowsWithThePictureAndTheBatch) {
  const auto plan = [](std::vector<std::string> more) {
    more.insert(more.end(), {"--device", "cpu", "--json", "--dtype", "f32"});
    const ProgramResult result = memory(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out)["plans"][0];
  };
  const auto bytes = [](const Json& found, const char* part) {
    return found["parts"][part].get<uint64_t>();
  };
  const Json small = plan({"--resolution", "128x128"});
  const Json large = plan({"--resolution", "512x512"});
  EXPECT_GT(bytes(large, "vae activations"), bytes(small, "vae activations"));
  EXPECT_EQ(bytes(large, "dit weights"), bytes(small, "dit weights"));
  const Json several = plan({"--resolution", "128x128", "--batch", "16"});
  EXPECT_GT(bytes(several, "dit activations"), bytes(small, "dit activations"));
  EXPECT_EQ(bytes(several, "vae activations"), bytes(small, "vae activations"))
      << "pictures are decoded one by one";
  EXPECT_EQ(plan({"--resolution", "128x128"}), small) << "the same question, the same answer";
}

TEST(Memory, RefusesWhatGenerateRefuses) {
  EXPECT_THAT(memory({"--device", "cpu", "--width", "100"}).err, HasSubstr("request.size"));
  const ProgramResult size = memory({"--device", "cpu", "--vram-limit", "12 parsecs"});
  EXPECT_EQ(size.exit_code, 2);
  EXPECT_THAT(size.err, HasSubstr("request.byte_size"));
  EXPECT_THAT(newbie({"memory", "--device", "cpu"}).err, HasSubstr("request.model"));
}

TEST(Doctor, FindsEveryOpOfTheHostRight) {
  const ProgramResult result = newbie({"doctor", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err << result.out;
  const Json found = Json::parse(result.out);
  EXPECT_TRUE(found["sound"]);
  EXPECT_GT(found["memory_bytes"].get<uint64_t>(), uint64_t{1} << 30);
  EXPECT_TRUE(found["libraries"].contains("oneDNN"));
  std::set<std::string> ops;
  for (const Json& check : found["self_test"]) {
    ops.insert(check["op"].get<std::string>());
    const bool explained = check["passed"] || !check["declined"].get<std::string>().empty();
    EXPECT_TRUE(explained) << check.dump();
  }
  for (const char* op : {"linear", "attention", "conv2d", "group_norm", "rope", "embedding"}) {
    EXPECT_TRUE(ops.contains(op)) << op;
  }
}

TEST(Doctor, TellsItInALineEach) {
  const ProgramResult result = newbie({"doctor", "--all"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"processor", "libraries", "oneDNN", "self-test", "conv2d", "0 wrong"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  const ProgramResult quick =
      newbie({"doctor", "--quick", "--model", golden_model_folder().string()});
  EXPECT_THAT(quick.out, Not(HasSubstr("self-test")));
  EXPECT_THAT(quick.out, HasSubstr("takes"));
}

TEST(Device, NamesThatNobodyHasAreRefusedWithAHint) {
  for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1"}) {
    const ProgramResult result =
        newbie({"generate", "1girl", "-q", "-m", golden_model_folder().string(), "--device", name});
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_THAT(result.err, HasSubstr("request.device")) << name;
    EXPECT_THAT(result.err, HasSubstr("newbie doctor")) << name;
  }
}

TEST(Device, TypesThatTheHostLacksAreRefused) {
  const ProgramResult result =
      newbie({"generate", "1girl", "-q", "-m", golden_model_folder().string(), "--device", "cpu",
              "--dtype", "f16", "--width", "64", "--height", "48", "--steps", "1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("request.dtype"));
}

}  // namespace
}  // namespace newbie::test
