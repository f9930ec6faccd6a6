#include "io/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "files.h"

namespace newbie::io {
namespace {

struct BadFile {
  const char* name;
  std::string bytes;
  const char* code;
  const char* says;  ///< a part of the message
};

void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.name; }

class SafetensorsRefuses : public testing::TestWithParam<BadFile> {};

TEST_P(SafetensorsRefuses, WithCodeAndReason) {
  const Error error = error_of([] { parse(GetParam().bytes); });
  EXPECT_EQ(error.code(), GetParam().code) << error.what();
  EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("model.safetensors"), std::string::npos)
      << "the file is not named: " << error.what();
}

std::string tensor(const char* fields) { return std::string("{\"a\":{") + fields + "}}"; }

const std::string kEight(8, 'x');

INSTANTIATE_TEST_SUITE_P(
    Headers, SafetensorsRefuses,
    testing::Values(
        BadFile{"empty", "", "weights.not_safetensors", "0 bytes"},
        BadFile{"nine_bytes", std::string("\x02\0\0\0\0\0\0\0{", 9), "weights.not_safetensors",
                "too few"},
        BadFile{"huge_header", safetensors_bytes("{}", "", uint64_t{1} << 40),
                "weights.not_safetensors", "at most 100000000"},
        BadFile{"header_past_end", safetensors_bytes("{}", "", 1000), "weights.truncated",
                "header alone takes 1008"},
        BadFile{"not_json", safetensors_bytes("{\"a\":", ""), "weights.bad_header",
                "not valid JSON"},
        BadFile{"deep_json", safetensors_bytes("{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}", ""),
                "weights.bad_header", "nested deeper"},
        BadFile{"no_object", safetensors_bytes("{\"a\": 7}", ""), "weights.bad_header", "a"},
        BadFile{"duplicate",
                safetensors_bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                  "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
                                  "xx"),
                "weights.duplicate", "\"a\" twice"},
        BadFile{
            "unknown_dtype",
            safetensors_bytes(tensor("\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]"), "x"),
            "weights.unknown_dtype", "a has dtype F4, expected one of F64 F32"},
        BadFile{"no_dtype",
                safetensors_bytes(tensor("\"shape\":[2],\"data_offsets\":[0,8]"), kEight),
                "weights.bad_header", "no dtype"},
        BadFile{"negative_size",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]"),
                                  kEight),
                "weights.bad_header", "not a list of sizes"},
        BadFile{
            "fractional_size",
            safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]"),
                              kEight),
            "weights.bad_header", "not a list of sizes"},
        BadFile{"too_many_axes",
                safetensors_bytes(
                    tensor("\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,8],\"data_offsets\":[0,8]"),
                    kEight),
                "weights.bad_header", "7 axes"},
        BadFile{"shape_overflow",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[4611686018427387904,"
                                         "4611686018427387904],\"data_offsets\":[0,8]"),
                                  kEight),
                "weights.bad_header", "not a possible shape"},
        // 2^61 elements of 8 bytes are 2^64 bytes, which is 0 when the product wraps.
        BadFile{"byte_overflow",
                safetensors_bytes(tensor("\"dtype\":\"F64\",\"shape\":[2305843009213693952],"
                                         "\"data_offsets\":[0,0]"),
                                  ""),
                "weights.bad_offsets", "hold 0 bytes"},
        BadFile{"one_offset",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]"),
                                  kEight),
                "weights.bad_header", "two byte positions"},
        BadFile{"offsets_reversed",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]"),
                                  kEight),
                "weights.bad_offsets", "before it begins"},
        BadFile{"size_differs",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]"),
                                  kEight),
                "weights.bad_offsets", "a is f32 [2], but its data_offsets hold 4 bytes"},
        BadFile{"out_of_range",
                safetensors_bytes(tensor("\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]"),
                                  kEight),
                "weights.truncated", "has 8 bytes of tensors, but its header promises at least 16"},
        BadFile{"overlap",
                safetensors_bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[0,6]},"
                                  "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
                                  kEight),
                "weights.overlap", "a and b claim the same bytes (4 to 6)"},
        BadFile{"metadata_no_string", safetensors_bytes("{\"__metadata__\":{\"x\":1}}", ""),
                "weights.bad_header", "expected a string"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Foreign, SafetensorsRefuses,
    testing::Values(BadFile{"zipped_pickle",
                            std::string("PK\x03\x04", 4) + std::string(26, '\0') +
                                "archive/data.pkl",
                            "weights.pickle", "never loaded"},
                    BadFile{"bare_pickle", "\x80\x02}q\x01X\x05", "weights.pickle", "never loaded"},
                    BadFile{"git_lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                            "weights.not_safetensors", "git-lfs pointer"},
                    BadFile{"web_page", "<!DOCTYPE html><html><body>404</body></html>",
                            "weights.not_safetensors", "web page"},
                    BadFile{"gguf", std::string("GGUF\x03\0\0\0\0\0\0\0\0\0", 14),
                            "weights.not_safetensors", "GGUF"},
                    BadFile{"noise", std::string("\x10\x27\0\0\0\0\0\0 random bytes", 21),
                            "weights.not_safetensors", "no safetensors file"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Safetensors, PickleErrorTellsTheWayOut) {
  const Error error = error_of([] { parse("\x80\x02}q\x01X\x05"); });
  EXPECT_NE(error.hint_text().find("safetensors.torch.save_file"), std::string::npos);
}

TEST(Safetensors, ReadsEveryDtypeMetadataAndScalars) {
  const SafetensorsFile file = parse(safetensors_bytes(
      R"({"__metadata__":{"license":"x"},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
      R"("h":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},)"
      R"("z":{"dtype":"I64","shape":[0,3],"data_offsets":[8,8]}}  )",
      std::string("\0\0\x80\x3f\x80\x3f\0\xc0", 8)));
  EXPECT_EQ(file.metadata().at("license"), "x");
  ASSERT_EQ(file.entries().size(), 3u);
  EXPECT_EQ(file.tensor("s", Device::cpu(1)).to_floats(), std::vector<float>{1.0f});
  EXPECT_EQ(file.tensor("h", Device::cpu(1)).to_floats(), (std::vector<float>{1.0f, -2.0f}));
  EXPECT_EQ(file.tensor("z", Device::cpu(1)).numel(), 0);
  EXPECT_EQ(file.find("nobody"), nullptr);
  EXPECT_EQ(file.hole_bytes(), 0u);
}

TEST(Safetensors, ReportsBytesThatBelongToNoTensor) {
  const SafetensorsFile file = parse(
      safetensors_bytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})", "12345678"));
  EXPECT_EQ(file.hole_bytes(), 6u);
}

TEST(Safetensors, CopiesOnlyTensorsThatAreNotAligned) {
  // The header is 8-aligned, so that offset 0 is and offset 1 is not.
  std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                       R"("b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},)"
                       R"("c":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const SafetensorsFile file =
      parse(safetensors_bytes(header, std::string("\0\0\x80\x3f?\0\0\0\x40", 9)));
  const Device device = Device::cpu(1);
  const auto mapped = [&](const char* name) {
    return file.tensor(name, device).raw() == file.bytes(*file.find(name)).data();
  };
  EXPECT_TRUE(mapped("a"));
  EXPECT_FALSE(mapped("c"));
  EXPECT_EQ(file.tensor("c", device).to_floats(), std::vector<float>{2.0f});
}

TEST(Safetensors, TensorsKeepTheFileMapped) {
  const ScratchFolder folder("mapped");
  std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  write_bytes(folder / "x.safetensors", safetensors_bytes(header, std::string("\0\0\x80\x3f", 4)));
  const Tensor tensor = [&] {
    const SafetensorsFile file = SafetensorsFile::open(folder / "x.safetensors");
    file.drop(file.entries()[0]);
    return file.tensor("a", Device::cpu(1));
  }();
  EXPECT_EQ(tensor.to_floats(), std::vector<float>{1.0f});
}

TEST(Safetensors, MissingTensorIsAnsweredWithTheNearestName) {
  const SafetensorsFile file = parse(safetensors_bytes(
      R"({"layers.0.norm":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"));
  const Error error = error_of([&] { file.tensor("layers.0.nrm", Device::cpu(1)); });
  EXPECT_EQ(error.code(), "weights.missing");
  EXPECT_EQ(error.hint_text(), "did you mean layers.0.norm?");
}

TEST(Safetensors, RefusesWhatIsNoFile) {
  const ScratchFolder folder("nofile");
  EXPECT_EQ(error_of([&] { SafetensorsFile::open(folder / "no"); }).code(), "file.missing");
  EXPECT_EQ(error_of([&] { SafetensorsFile::open(folder.path()); }).code(), "file.unreadable");
  EXPECT_EQ(error_of([&] { SafetensorsFile::open("/dev/zero"); }).code(), "file.unreadable");
}

}  // namespace
}  // namespace newbie::io
