// Choosing an implementation: order, declining, tracing, cancelling.

#include "ops/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/trace.h"
#include "ops/elementwise.h"
#include "ops/rope.h"

namespace newbie::ops {
namespace {

std::string declines_odd(const int& n) { return n % 2 ? "odd numbers are hard" : ""; }
std::string declines_large(const int& n) { return n > 9 ? "too large" : ""; }
void write_one(Tensor& y, const int&) { *y.mutable_data<float>() = 1; }
void write_two(Tensor& y, const int&) { *y.mutable_data<float>() = 2; }

constexpr Candidate<int> kList[] = {{"even", DeviceKind::cpu, declines_odd, write_one},
                                    {"small", DeviceKind::cpu, declines_large, write_two}};

float chosen(int n, const Device& device) {
  Tensor y = Tensor::zeros({1}, DType::f32, device);
  run_candidates("count", CandidateList<int>(kList), y, n);
  return *y.data<float>();
}

/// Collects what is traced while it lives.
class Listening {
 public:
  explicit Listening(std::string_view topics) {
    set_trace(topics, [this](std::string_view topic, std::string_view line) {
      lines.push_back(fmt::format("{}| {}", topic, line));
    });
  }
  ~Listening() { set_trace("", nullptr); }
  std::vector<std::string> lines;
};

TEST(Candidates, FirstThatAcceptsRuns) {
  const Device device = Device::cpu(1);
  EXPECT_EQ(chosen(4, device), 1);
  EXPECT_EQ(chosen(3, device), 2);
}

TEST(Candidates, ErrorTellsWhyEachDeclined) {
  try {
    chosen(11, Device::cpu(1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ops.unsupported");
    EXPECT_THAT(error.what(), testing::HasSubstr("count to f32 [1] cannot run on cpu"));
    EXPECT_THAT(error.what(), testing::HasSubstr("even: odd numbers are hard"));
    EXPECT_THAT(error.what(), testing::HasSubstr("small: too large"));
  }
}

TEST(Candidates, TraceNamesTheChoiceAndWhatWasDeclined) {
  const Listening listening("weights,ops");
  chosen(3, Device::cpu(1));
  ASSERT_EQ(listening.lines.size(), 1u);
  EXPECT_THAT(listening.lines[0], testing::StartsWith("ops| count"));
  EXPECT_THAT(listening.lines[0], testing::HasSubstr("small"));
  EXPECT_THAT(listening.lines[0], testing::HasSubstr("even: odd numbers are hard"));
}

TEST(Candidates, OtherTopicsHearNothing) {
  const Listening listening("op,opsx");
  chosen(4, Device::cpu(1));
  EXPECT_TRUE(listening.lines.empty());
  EXPECT_FALSE(tracing("ops"));
  EXPECT_TRUE(tracing("opsx"));
}

TEST(Candidates, RealOpsPreferTheVectorLoopsAndFallBack) {
  const Listening listening("ops");
  const Device device = Device::cpu(1);
  activate(Tensor::zeros({4}, DType::f32, device), Activation::silu);
  const std::vector<int32_t> positions{0};
  rope(Tensor::zeros({1, 1, 4096}, DType::f32, device),
       rope_line(positions, 4096, 1e4f, 1.0f, device), RopeLayout::interleaved);
  ASSERT_EQ(listening.lines.size(), 2u);
  EXPECT_THAT(listening.lines[0], testing::HasSubstr("cpu"));
  EXPECT_THAT(listening.lines[1], testing::HasSubstr("reference"));
  EXPECT_THAT(listening.lines[1], testing::HasSubstr("heads wider than 1024"));
}

TEST(Cancel, StopsTheNextOp) {
  const Device device = Device::cpu(1);
  const CancelToken token;
  device.set_cancel(token);
  const Tensor x = Tensor::zeros({4}, DType::f32, device);
  EXPECT_NO_THROW(activate(x, Activation::silu));
  token.request();
  try {
    activate(x, Activation::silu);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "request.cancelled");
  }
  device.set_cancel(CancelToken());
  EXPECT_NO_THROW(activate(x, Activation::silu));
}

}  // namespace
}  // namespace newbie::ops
