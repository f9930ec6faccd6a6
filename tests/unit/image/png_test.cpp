#include "image/png.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "base/file.h"
#include "base/json.h"
#include "support.h"

namespace newbie::image {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

const PngMetadata kRecipe{{"newbie", R"({"prompt":"双马尾 😀"})"},
                          {"parameters", "1girl\nSteps: 28"}};

fs::path fresh_folder() {
  const fs::path folder = fs::temp_directory_path() / "newbie_png_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

TEST(Png, GivesBackPicturesAndTexts) {
  for (int channels : {3, 4}) {
    const Picture picture = patterned(31, 17, channels);
    const std::string bytes = encode_png(picture, kRecipe);
    EXPECT_EQ(decode_png(bytes_of(bytes)), picture);
    EXPECT_EQ(decode_png_metadata(bytes_of(bytes)), kRecipe);
    EXPECT_EQ(encode_png(picture, kRecipe), bytes);
  }
  const Picture grey = patterned(5, 5, 1);
  EXPECT_EQ(decode_png(bytes_of(encode_png(grey))), to_rgb(grey));
}

TEST(Png, WritesChunksThatOtherToolsLookFor) {
  const std::string bytes = encode_png(patterned(4, 4, 3), kRecipe);
  EXPECT_NE(bytes.find(std::string("iTXtnewbie\0\0\0\0\0{", 16)), std::string::npos);
  EXPECT_NE(bytes.find(std::string("tEXtparameters\0", 15) + "1girl"), std::string::npos);
  EXPECT_EQ(bytes.find("tIME"), std::string::npos);
  const std::string chinese = encode_png(patterned(4, 4, 3), {{"parameters", "双马尾"}});
  EXPECT_NE(chinese.find("iTXtparameters"), std::string::npos);
}

TEST(Png, ReadsEveryKindAsPillowDoes) {
  const Json expected = parse_json(read_file(image_data("pictures.json")), "pictures.json").value();
  ASSERT_GE(expected.size(), 9u);
  for (const auto& [name, row] : expected.items()) {
    const Picture picture = read_png(image_data(name + ".png"));
    EXPECT_EQ(picture.width, row["width"]) << name;
    EXPECT_EQ(picture.channels, row["channels"]) << name;
    EXPECT_EQ(picture.pixels, row["pixels"].get<std::vector<uint8_t>>()) << name;
  }
}

TEST(PngMetadata, ReadsAllThreeTextChunks) {
  const PngMetadata texts = read_png_metadata(image_data("texts.png"));
  EXPECT_EQ(texts.size(), 4u);
  EXPECT_EQ(texts.at("parameters"), "café, 1girl\nSteps: 28");
  EXPECT_EQ(texts.at("packed"), std::string(500, 'x'));
  EXPECT_EQ(texts.at("chinese"), "双马尾");
  EXPECT_EQ(texts.at("packed chinese").size(), 1200u);
}

TEST(PngMetadata, LimitsInflatedText) {
  const std::string bytes = read_file(image_data("texts.png"));
  EXPECT_EQ(code_of([&] { decode_png_metadata(bytes_of(bytes), {.text_bytes = 600}); }),
            "image.damaged");
  EXPECT_EQ(code_of([&] { decode_png_metadata(bytes_of(bytes), {.text_bytes = 4000}); }), "");
}

TEST(Png, RefusesOtherFormatsByName) {
  try {
    decode_png(bytes_of("\xff\xd8\xff\xe0 JFIF"));
    FAIL() << "a JPEG was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "image.not_png");
    EXPECT_NE(std::string(error.what()).find("JPEG"), std::string::npos);
  }
  EXPECT_EQ(code_of([] { decode_png({}); }), "image.not_png");
  EXPECT_EQ(code_of([] { decode_png_metadata(bytes_of("RIFF1234WEBPVP8 ")); }), "image.not_png");
}

TEST(Png, RefusesEveryTruncation) {
  const std::string bytes = encode_png(patterned(9, 7, 3), kRecipe);
  for (size_t size = 8; size < bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    // The pixels are complete once IDAT is; libpng then reads on to IEND and its checksum.
    EXPECT_EQ(code_of([&] { decode_png(bytes_of(part)); }), "image.damaged") << size;
    EXPECT_EQ(code_of([&] { decode_png_metadata(bytes_of(part)); }), "image.damaged") << size;
  }
}

TEST(Png, RefusesOrSurvivesEveryChangedByte) {
  const Picture picture = patterned(9, 7, 3);
  const std::string bytes = encode_png(picture, kRecipe);
  int refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    const std::string code = code_of([&] { decode_png(bytes_of(changed)); });
    refused += code != "";
    EXPECT_TRUE(code == "" || code.starts_with("image.")) << code << " at " << i;
    const std::string text_code = code_of([&] { decode_png_metadata(bytes_of(changed)); });
    EXPECT_TRUE(text_code == "" || text_code.starts_with("image.")) << text_code << " at " << i;
  }
  EXPECT_GT(refused, 100);  // signature, header, pixels; changed texts do not matter to pixels
}

TEST(Png, RefusesBombsBeforeTheyCostMemory) {
  std::string bytes = encode_png(patterned(4, 4, 3));
  EXPECT_EQ(code_of([&] { decode_png(bytes_of(bytes), {.pixels = 15}); }), "image.too_large");
  EXPECT_EQ(code_of([&] { decode_png(bytes_of(bytes), {.pixels = 16}); }), "");
  EXPECT_EQ(code_of([&] { decode_png(bytes_of(bytes), {.side = 3}); }), "image.too_large");
}

TEST(Png, RefusesTextsThatPngCannotHold) {
  const Picture picture = patterned(2, 2, 3);
  for (const PngMetadata& texts :
       {PngMetadata{{"", "x"}}, PngMetadata{{std::string(80, 'k'), "x"}}, PngMetadata{{" k", "x"}},
        PngMetadata{{"k", std::string("a\0b", 3)}}, PngMetadata{{"k", "\xff"}},
        PngMetadata{{"双", "x"}}}) {
    EXPECT_EQ(code_of([&] { encode_png(picture, texts); }), "image.bad_text");
  }
}

TEST(WritePng, LeavesTheOldFileWhenItFails) {
  const fs::path folder = fresh_folder();
  const fs::path path = folder / "a.png";
  write_png(path, patterned(4, 4, 3));
  const std::string before = read_file(path);
  Picture broken = patterned(4, 4, 3);
  broken.pixels.pop_back();
  EXPECT_EQ(code_of([&] { write_png(path, broken); }), "image.wrong_size");
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(code_of([&] { write_png(folder / "no" / "a.png", patterned(4, 4, 3)); }),
            "file.unwritable");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST(WritePng, SaysWhenTheFileCannotGrowAndLeavesNothing) {
  const fs::path folder = fresh_folder();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  rlimit small = old;
  small.rlim_cur = 100;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string code = code_of([&] { write_png(folder / "a.png", patterned(100, 100, 3)); });
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(code, "file.unwritable");
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
}  // namespace newbie::image
