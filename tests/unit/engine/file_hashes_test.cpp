#include "engine/file_hashes.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "support/program.h"

namespace newbie::engine {
namespace {

constexpr FileIdentity kLarge{uint64_t{1} << 30, 12345, 7};

TEST(FileHashes, OutliveTheProcess) {
  const test::TemporaryFolder folder;
  {
    FileHashes hashes(folder.path() / "made" / "when needed");
    EXPECT_FALSE(hashes.find("model/a.safetensors", kLarge));
    hashes.put("model/a.safetensors", kLarge, "00ff");
    hashes.save();
  }
  const FileHashes later(folder.path() / "made" / "when needed");
  EXPECT_EQ(later.find("model/../model/a.safetensors", kLarge), "00ff");
}

TEST(FileHashes, ForgetAFileThatChanged) {
  FileHashes hashes{std::filesystem::path()};
  hashes.put("a", kLarge, "00ff");
  for (FileIdentity other : {kLarge, kLarge, kLarge}) {
    EXPECT_TRUE(hashes.find("a", other));
    other.modified_ns += 1;
    EXPECT_FALSE(hashes.find("a", other));
  }
  EXPECT_FALSE(hashes.find("a", {kLarge.bytes + 1, kLarge.modified_ns, kLarge.inode}));
  EXPECT_FALSE(hashes.find("a", {kLarge.bytes, kLarge.modified_ns, kLarge.inode + 1}));
}

TEST(FileHashes, SmallFilesAreNotWorthATable) {
  const test::TemporaryFolder folder;
  FileHashes hashes(folder.path());
  hashes.put("tiny", {1000, 1, 1}, "00ff");
  hashes.save();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FileHashes, ADamagedTableAndAFolderThatCannotBeAreAsGoodAsNone) {
  const test::TemporaryFolder folder;
  for (const char* text : {"", "{", "[1]", R"({"a": 1})", R"({"a": {"bytes": "x"}})"}) {
    write_file(folder.path() / "weight-hashes.json", text);
    FileHashes hashes(folder.path());
    EXPECT_FALSE(hashes.find("a", kLarge)) << text;
  }
  write_file(folder.path() / "a file", "");
  FileHashes nowhere(folder.path() / "a file" / "below");
  nowhere.put("a", kLarge, "00ff");
  EXPECT_NO_THROW(nowhere.save());
  EXPECT_EQ(nowhere.find("a", kLarge), "00ff");
}

TEST(FileHashes, IdentityIsThatOfTheFile) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "weights";
  write_file(path, "12345");
  const FileIdentity before = FileIdentity::of(path);
  EXPECT_EQ(before.bytes, 5u);
  EXPECT_EQ(before, FileIdentity::of(path));
  write_file(path, "54321");
  EXPECT_FALSE(before == FileIdentity::of(path));
}

}  // namespace
}  // namespace newbie::engine
