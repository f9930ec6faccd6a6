#include "base/base64.h"

#include <gtest/gtest.h>

namespace newbie {
namespace {

TEST(Base64, VectorsOfRfc4648) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64(std::string("\0\xff\xfb", 3)), "AP/7");
}

TEST(Base64, PiecesJoinWithoutASeam) {
  const std::string long_text((size_t{3} << 20) + 2, 'a');
  const std::string text = to_base64(long_text);
  EXPECT_EQ(text.size(), (long_text.size() + 2) / 3 * 4);
  EXPECT_EQ(text.find('='), text.size() - 1);
  EXPECT_EQ(text.find_first_not_of("YWFh"), text.size() - 2) << "only the last group differs";
}

}  // namespace
}  // namespace newbie
