#include "prompt/place.h"

#include <gtest/gtest.h>

namespace newbie::prompt {
namespace {

TEST(Place, WordsNameParts) {
  EXPECT_EQ(box_of_position("left"), (Box{0, 0, 450, 1000}));
  EXPECT_EQ(box_of_position("center_right"), (Box{500, 0, 1000, 1000}));
  EXPECT_EQ(box_of_position("Center"), (Box{250, 0, 750, 1000}));
  EXPECT_EQ(box_of_position("top left"), (Box{0, 0, 450, 500}));
  EXPECT_EQ(box_of_position("stands at the bottom"), (Box{0, 500, 1000, 1000}));
  EXPECT_EQ(box_of_position("foreground"), std::nullopt);
  EXPECT_EQ(box_of_position("left or right"), std::nullopt);
  EXPECT_EQ(box_of_position(""), std::nullopt);
}

TEST(Place, ABoxSaysMoreThanAPosition) {
  EXPECT_EQ(place_of({1, "left", Box{1, 2, 3, 4}}), (Box{1, 2, 3, 4}));
  EXPECT_EQ(place_of({1, "right", {}}), (Box{550, 0, 1000, 1000}));
  EXPECT_EQ(place_of({1, "", {}}), std::nullopt);
}

}  // namespace
}  // namespace newbie::prompt
