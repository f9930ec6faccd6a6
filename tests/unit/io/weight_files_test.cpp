#include "io/weight_files.h"

#include <gtest/gtest.h>

#include "files.h"
#include "io/safetensors_writer.h"

namespace newbie::io {
namespace {

void write_one(const std::filesystem::path& path, const std::string& tensor) {
  SafetensorsWriter writer(path, {{tensor, DType::u8, {1}}});
  writer.append(std::as_bytes(std::span("x", 1)));
  writer.commit();
}

std::string chosen_in(const ScratchFolder& folder) {
  return find_weight_files(folder.path()).front().filename().string();
}

TEST(WeightFiles, PrefersWhatPublishedFoldersPrefer) {
  const ScratchFolder folder("prefer");
  write_one(folder / "zz.safetensors", "a");
  EXPECT_EQ(chosen_in(folder), "zz.safetensors");
  write_one(folder / "newbie_dit.safetensors", "a");
  EXPECT_EQ(chosen_in(folder), "newbie_dit.safetensors");
  write_one(folder / "consolidated.00-of-01.safetensors", "a");
  write_one(folder / "consolidated_ema.00-of-01.safetensors", "a");
  EXPECT_EQ(chosen_in(folder), "consolidated.00-of-01.safetensors");
  write_one(folder / "diffusion_pytorch_model.safetensors", "a");
  EXPECT_EQ(chosen_in(folder), "diffusion_pytorch_model.safetensors");
  write_one(folder / "model.safetensors", "a");
  EXPECT_EQ(chosen_in(folder), "model.safetensors");
  write_bytes(folder / "model.safetensors.index.json", R"({"weight_map":{"a":"zz.safetensors"}})");
  EXPECT_EQ(chosen_in(folder), "zz.safetensors");
}

TEST(WeightFiles, AsksWhichOfSeveral) {
  const ScratchFolder folder("several");
  write_one(folder / "a.safetensors", "a");
  write_one(folder / "b.safetensors", "a");
  const Error error = error_of([&] { find_weight_files(folder.path()); });
  EXPECT_EQ(error.code(), "weights.ambiguous");
  EXPECT_NE(std::string(error.what()).find("a.safetensors, b.safetensors"), std::string::npos);
}

TEST(WeightFiles, RefusesPicklesInAFolderByContent) {
  const ScratchFolder folder("pickle");
  write_bytes(folder / "config.json", "{}");
  EXPECT_EQ(error_of([&] { find_weight_files(folder.path()); }).code(), "weights.no_weights");
  write_bytes(folder / "pytorch_model.bin", "\x80\x02}q\x01X\x05");
  EXPECT_EQ(error_of([&] { find_weight_files(folder.path()); }).code(), "weights.pickle");
  write_bytes(folder / "renamed.safetensors", "\x80\x02}q\x01X\x05");
  EXPECT_EQ(error_of([&] { open_weight_files(folder.path()); }).code(), "weights.pickle");
}

TEST(WeightFiles, OpensShardsAndTellsAllMissingOnes) {
  const ScratchFolder folder("shards");
  write_one(folder / "s1.safetensors", "a");
  write_bytes(folder / "m.safetensors.index.json",
              R"({"weight_map":{"a":"s1.safetensors","b":"s2.safetensors","c":"s3.safetensors"}})");
  const Error error = error_of([&] { open_weight_files(folder.path()); });
  EXPECT_EQ(error.code(), "weights.missing_shard");
  EXPECT_NE(std::string(error.what()).find("2 of the 3 shards"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("s2.safetensors, s3.safetensors"), std::string::npos);
  write_one(folder / "s2.safetensors", "b");
  write_one(folder / "s3.safetensors", "other");
  const Error lost = error_of([&] { open_weight_files(folder.path()); });
  EXPECT_EQ(lost.code(), "weights.bad_index");
  EXPECT_NE(std::string(lost.what()).find("c (s3.safetensors)"), std::string::npos);
  write_one(folder / "s3.safetensors", "c");
  EXPECT_EQ(open_weight_files(folder.path()).size(), 3u);
}

TEST(WeightFiles, AnIndexMayOnlyNameFilesBesideIt) {
  for (const char* shard : {"../x.safetensors", "/etc/passwd", "sub/x", "..", "", "a\\\\b"}) {
    const std::string text = std::string(R"({"weight_map":{"a":")") + shard + "\"}}";
    EXPECT_EQ(error_of([&] { ShardIndex::parse(text, "i.json"); }).code(), "weights.bad_index")
        << shard;
  }
  for (const char* text :
       {"[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})", R"({"weight_map":{"a":1}})"}) {
    EXPECT_EQ(error_of([&] { ShardIndex::parse(text, "i.json"); }).code(), "weights.bad_index")
        << text;
  }
}

}  // namespace
}  // namespace newbie::io
