#include "diffusion/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "diffusion/image_to_image.h"
#include "toys.h"

namespace newbie::diffusion {
namespace {

void expect_sigmas(std::string_view name, int steps, const std::vector<double>& want,
                   double tolerance) {
  const Schedule schedule = make_schedule(name, steps, 6);
  ASSERT_EQ(schedule.sigmas().size(), want.size()) << name;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(schedule.sigmas()[i], want[i], tolerance) << name << " " << i;
  }
}

TEST(Flow, BothShiftsAreTheSameMap) {
  for (double shift : {0.5, 1.0, 3.0, 6.0}) {
    for (double t : {0.0, 0.1, 0.5, 0.9, 1.0}) {
      EXPECT_NEAR(shift_time(t, shift), 1 - shift_sigma(1 - t, shift), 1e-15);
    }
  }
}

/// Source: model specification 7.2 to 7.7.
TEST(Schedule, PublishedLists) {
  expect_sigmas("double_shift", 4, {1, 0.9237114, 0.7533333, 0.0347826, 0}, 1.5e-7);
  expect_sigmas("linear", 4, {1, 0.9473684, 0.8571429, 0.6666667, 0}, 1.5e-7);
  expect_sigmas("simple", 4, {1, 0.9473684, 0.8571429, 0.6666667, 0}, 1.5e-7);
  expect_sigmas("native", 5, {1, 1 - 0.05263158, 1 - 0.14285715, 1 - 0.33333334, 0}, 1.5e-7);
  expect_sigmas("dpm_flow", 4, {0.9998332, 0.9471688, 0.8568978, 0.6663702, 0}, 1.5e-7);
  expect_sigmas("native_dpm", 4, {1 - 0.0001668, 1 - 0.0528312, 1 - 0.1431023, 1 - 0.3336298, 0},
                1.5e-7);
}

TEST(Schedule, SimpleTakesEveryFiftiethOfATableOfAThousand) {
  const Schedule simple = make_schedule("simple", 20, 6);
  const double first[] = {1, 0.9913043, 0.9818182, 0.9714286};
  const double last[] = {0.5142857, 0.4, 0.24, 0};
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(simple.sigma(i), first[i], 1.5e-7);
    EXPECT_NEAR(simple.sigma(17 + i), last[i], 1.5e-7);
  }
}

/// Linear to t = 0.025 in half of the steps, then a parabola with the same slope that ends at 1.
TEST(Schedule, LinearQuadraticIsSmoothAndIgnoresTheShift) {
  for (int steps : {2, 3, 10, 28, 100}) {
    const Schedule schedule = make_schedule("linear_quadratic", steps, 6);
    EXPECT_EQ(schedule.sigmas(), make_schedule("linear_quadratic", steps, 1).sigmas());
    const int half = steps / 2;
    EXPECT_EQ(schedule.sigma(0), 1);
    EXPECT_NEAR(1 - schedule.sigma(half), 0.025, 1e-12);
    const double slope = 0.025 / half;
    EXPECT_NEAR(schedule.sigma(0) - schedule.sigma(1), half == 1 ? 0.025 : slope, 1e-12);
    for (int i = half; i + 2 < steps; ++i) {  // constant second difference, also into the end
      const auto bend = [&](int k) {
        return schedule.sigma(k + 2) - 2 * schedule.sigma(k + 1) + schedule.sigma(k);
      };
      EXPECT_NEAR(bend(i), bend(half), 1e-12) << steps << " steps, " << i;
    }
  }
  EXPECT_EQ(make_schedule("linear_quadratic", 1, 6).sigmas(), (std::vector<double>{1, 0}));
  // Values of Mochi's own formula for 28 steps.
  const Schedule published = make_schedule("linear_quadratic", 28, 6);
  EXPECT_NEAR(published.sigma(13), 0.976785714, 1e-9);
  EXPECT_NEAR(published.sigma(15), 0.968367347, 1e-9);
  EXPECT_NEAR(published.sigma(20), 0.789795918, 1e-9);
  EXPECT_NEAR(published.sigma(27), 0.132653061, 1e-9);
  // Worked by hand for 4 steps: slope 0.0125, bend (1 - 0.025 - 0.025) / 4 = 0.2375.
  expect_sigmas("linear_quadratic", 4, {1, 0.9875, 0.975, 0.725, 0}, 1e-12);
}

TEST(Schedule, EveryRowOfTheTableGivesAValidListForAnyNumberOfSteps) {
  for (const ScheduleInfo& info : schedules()) {
    EXPECT_TRUE(std::string(info.sentence).ends_with(".") ||
                std::string(info.sentence).ends_with(")."))
        << info.name;
    for (int steps : {info.minimum_steps, 2, 7, 50, 1000}) {
      for (double shift : {0.1, 0.3, 1.0, 3.0, 6.0, 12.0}) {
        const Schedule schedule = make_schedule(info.name, steps, shift);
        EXPECT_EQ(schedule.steps(), steps - (info.name == "native" ? 1 : 0)) << info.name;
      }
    }
  }
}

TEST(Schedule, NamesAndNumbersOutsideTheTableAreRefused) {
  EXPECT_EQ(code_of([] { make_schedule("liner", 4, 6); }), "request.unknown_schedule");
  try {
    schedule_named("simpel");
  } catch (const Error& error) {
    EXPECT_EQ(error.hint_text(), "did you mean \"simple\"?");
  }
  EXPECT_EQ(code_of([] { make_schedule("linear", 0, 6); }), "request.steps");
  EXPECT_EQ(code_of([] { make_schedule("native", 1, 6); }), "request.steps");
  EXPECT_EQ(code_of([] { make_schedule("linear", 1001, 6); }), "request.steps");
  for (double shift : {0.0, -1.0, 1001.0, std::nan("")}) {
    EXPECT_EQ(code_of([&] { make_schedule("linear", 4, shift); }), "request.shift") << shift;
  }
}

TEST(Schedule, CustomListsMustDescendToZero) {
  EXPECT_EQ(Schedule({0.8, 0.3, 0}).steps(), 2);
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<double>> refused = {
      {}, {0}, {1, 0.5}, {1, 0.5, 0.5, 0}, {0.5, 0.6, 0}, {1.01, 0}, {1, kNan, 0}, {1, -0.1, 0}};
  for (const std::vector<double>& sigmas : refused) {
    EXPECT_EQ(code_of([&] { Schedule schedule(sigmas); }), "request.sigmas") << sigmas.size();
  }
}

TEST(Schedule, OnePointOfTheNativeGridIsNoise) {
  EXPECT_EQ(native_time_grid(1, 6), std::vector<float>{0});
}

TEST(ImageToImage, StrengthTakesTheLastSteps) {
  const Schedule full = make_schedule("linear", 10, 6);
  EXPECT_EQ(schedule_for_strength(full, 1).sigmas(), full.sigmas());
  const Schedule half = schedule_for_strength(full, 0.5);
  EXPECT_EQ(half.steps(), 5);
  EXPECT_EQ(half.sigma(0), full.sigma(5));
  EXPECT_EQ(schedule_for_strength(full, 0.001).steps(), 1);
  for (double strength : {0.0, -0.5, 1.5, std::nan("")}) {
    EXPECT_EQ(code_of([&] { schedule_for_strength(full, strength); }), "request.strength");
  }
}

}  // namespace
}  // namespace newbie::diffusion
