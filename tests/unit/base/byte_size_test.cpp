#include "newbie/byte_size.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace newbie {
namespace {

TEST(ByteSize, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_byte_size("0").bytes, 0u);
  EXPECT_EQ(parse_byte_size("4096").bytes, 4096u);
  EXPECT_EQ(parse_byte_size("12GB").bytes, 12'000'000'000u);
  EXPECT_EQ(parse_byte_size("12 gb").bytes, 12'000'000'000u);
  EXPECT_EQ(parse_byte_size("1.5GiB").bytes, 1610612736u);
  EXPECT_EQ(parse_byte_size("800m").bytes, 800'000'000u);
}

TEST(ByteSize, RefusesTheRestWithAnExample) {
  for (const char* text : {"", "GB", "-1GB", "12 parsecs", "nan", "inf", "1e30", "1 2"}) {
    try {
      parse_byte_size(text);
      FAIL() << text << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "request.byte_size") << text;
      EXPECT_NE(error.hint_text().find("12GB"), std::string::npos);
    }
  }
}

TEST(ByteSize, PrintsInTheUnitThatFits) {
  EXPECT_EQ(to_string(ByteSize{7}), "7 B");
  EXPECT_EQ(to_string(ByteSize{12288}), "12 KiB");
  EXPECT_EQ(to_string(ByteSize{uint64_t{640} << 20}), "640 MiB");
  EXPECT_EQ(to_string(ByteSize{12'000'000'000}), "11.2 GiB");
}

}  // namespace
}  // namespace newbie
