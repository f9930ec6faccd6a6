// What other threads make comes in order, is the same for any number of them, and fails aloud.

#include "train/data/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "support.h"
#include "train/data/order.h"
#include "train/objective/batches.h"

namespace newbie::train {
namespace {

using Numbers = ReadAhead<int64_t>;

int64_t squared(int64_t number, const CancelToken&) { return number * number; }

TEST(ReadAhead, IsTheSameForAnyNumberOfThreads) {
  for (const int threads : {0, 1, 3, 8}) {
    Numbers ahead(threads, 4, squared);
    for (int64_t i = 5; i < 60; ++i) EXPECT_EQ(ahead.take(i), i * i) << threads;
    EXPECT_EQ(ahead.take(2), 4) << "another place to start from";
    EXPECT_EQ(ahead.take(3), 9);
  }
}

TEST(ReadAhead, IsBounded) {
  std::atomic<int64_t> made{0};
  Numbers ahead(2, 3, [&](int64_t number, const CancelToken&) {
    made = std::max<int64_t>(made, number);
    return number;
  });
  ahead.take(0);
  ahead.take(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_LE(made, 1 + 3 + 1);
}

TEST(ReadAhead, TellsWhatWentWrongWhereItIsTaken) {
  Numbers ahead(2, 4, [](int64_t number, const CancelToken&) {
    if (number == 3) throw Error("image.damaged", "picture 3 is damaged");
    return number;
  });
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(ahead.take(i), i);
  try {
    ahead.take(3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "image.damaged");
    EXPECT_STREQ(error.what(), "picture 3 is damaged");
  }
}

TEST(ReadAhead, StopsWhatNobodyWillTake) {
  const auto begun = std::chrono::steady_clock::now();
  {
    Numbers ahead(2, 4, [](int64_t number, const CancelToken& cancel) {
      for (int i = 0; number > 0 && i < 10000; ++i) {
        cancel.throw_if_requested();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      return number;
    });
    EXPECT_EQ(ahead.take(0), 0);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST(BatchOrder, GroupsHoldTheirBatches) {
  std::vector<int64_t> all(50);
  std::iota(all.begin(), all.end(), 0);
  const BatchOrder order({all}, 4, 3, 3);
  ASSERT_EQ(order.batches_per_epoch(), 13);
  std::multiset<int64_t> seen;
  for (int64_t pass = 13; pass < 26; ++pass) {
    const BatchGroup group = order.group_of(pass);
    EXPECT_LE(group.first_pass, pass);
    EXPECT_LE(group.examples.size(), 12u);
    const Batch batch = order.at(pass);
    seen.insert(batch.examples.begin(), batch.examples.end());
  }
  EXPECT_EQ(seen, std::multiset<int64_t>(all.begin(), all.end()));
}

TEST(PassPlace, LaterPicturesComeAsOftenAsAsked) {
  PicturesSection pictures;
  EXPECT_EQ(place_of(7, 100, pictures).pass, 7);
  pictures.late_resolution = 384;
  pictures.late_from = 0.8;
  pictures.late_share = 0.25;
  int64_t usual = 0, late = 0;
  for (int64_t pass = 0; pass < 100; ++pass) {
    const PassPlace place = place_of(pass, 100, pictures);
    EXPECT_EQ(place.pass, place.stream == 0 ? usual++ : late++) << pass;
    EXPECT_TRUE(pass >= 80 || place.stream == 0) << pass;
  }
  EXPECT_EQ(late, 5);
}

}  // namespace
}  // namespace newbie::train
