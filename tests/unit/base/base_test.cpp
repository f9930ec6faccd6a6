#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/cancel.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/parallel.h"

namespace newbie {
namespace {

TEST(Error, RendersWhatWhereAndFixInThatOrder) {
  const Error error =
      Error("weights.missing", "x is missing").where("inner").where("outer").hint("y");
  EXPECT_EQ(render_error(error, false),
            "error[weights.missing]: x is missing\n  where: inner\n         outer\n  fix:   y\n");
}

TEST(Error, DidYouMeanOnlyForNearNames) {
  EXPECT_EQ(did_you_mean("eulr", {"euler", "heun"}), "euler");
  EXPECT_EQ(did_you_mean("banana", {"euler", "heun"}), "");
}

TEST(Json, RefusesDuplicatesDepthAndSyntaxWithThePlace) {
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})", "t").error().code(), "json.duplicate_key");
  EXPECT_EQ(parse_json(std::string(100, '['), "t").error().code(), "json.too_deep");
  const auto bad = parse_json("{\n \"a\": }", "t");
  EXPECT_EQ(bad.error().code(), "json.syntax");
  EXPECT_NE(std::string(bad.error().what()).find("line 2"), std::string::npos);
  EXPECT_EQ(parse_json(R"({"b":1,"a":[2]})", "t").value().dump(), R"({"b":1,"a":[2]})");
}

TEST(Hash, MatchesPublishedVectors) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(std::string_view("abc"))));
  EXPECT_EQ(sha.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex64(hash64("")), "2d06800538d394c2");
}

TEST(Parallel, VisitsEveryIndexOnceAndPassesExceptionsOn) {
  for (int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> seen(1000);
    parallel_for(threads, 1000, [&](int64_t i) { seen[static_cast<size_t>(i)]++; });
    for (auto& count : seen) EXPECT_EQ(count.load(), 1);
    EXPECT_THROW(parallel_for(threads, 10,
                              [](int64_t i) {
                                if (i == 3) throw Error("a", "b");
                              }),
                 Error);
  }
}

TEST(AtomicFile, LeavesNothingBehindWhenAbandoned) {
  const auto folder = std::filesystem::temp_directory_path() / "newbie_atomic_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    AtomicFile file(folder / "a.txt");
    file.write("half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  write_file(folder / "a.txt", "whole");
  EXPECT_EQ(read_file(folder / "a.txt"), "whole");
  EXPECT_THROW(read_file(folder / "a.txt", 3), Error);
  EXPECT_THROW(AtomicFile(folder / "no" / "a.txt"), Error);
  std::filesystem::remove_all(folder);
}

TEST(Cancel, CopiesShareOneFlag) {
  CancelToken token;
  CancelToken copy = token;
  copy.request();
  EXPECT_THROW(token.throw_if_requested(), Error);
}

}  // namespace
}  // namespace newbie
