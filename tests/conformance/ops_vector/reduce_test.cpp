#include "ops/reduce.h"

#include <limits>

#include "harness.h"
#include "ops/reference/reduce.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

class Reduce : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed) {
    return random_tensor(shape, GetParam(), device_, seed, 1.0f, 0.3f);
  }
};

TEST_P(Reduce, MeanRows) {
  for (const Shape& shape : matrix_shapes()) {
    if (shape[0] == 0) continue;
    const Packing sequences = two_sequences(shape[0]);
    expect_conforms(
        {"mean_rows",
         {random(shape, 1)},
         [&](const Tensors& in) { return mean_rows(in[0], sequences); },
         [&](Tensor& y, const Tensors& in) { reference::mean_rows(y, in[0], sequences); }});
  }
}

TEST_P(Reduce, NormsOfEveryItem) {
  for (const Shape& shape : {Shape{2, 16, 33, 47}, Shape{1, 200'003}, Shape{3, 1}, Shape{0, 4}}) {
    const Tensor x = random(shape, 1);
    Tensor expected = Tensor::empty({shape[0]}, DType::f64, device_);
    reference::norms(expected, x);
    const std::vector<double> found = norms(x);
    ASSERT_EQ(static_cast<int64_t>(found.size()), shape[0]);
    for (int64_t b = 0; b < shape[0]; ++b) {
      const double value = expected.data<double>()[b];
      EXPECT_NEAR(found[static_cast<size_t>(b)], value, 1e-13 * value);
    }
    EXPECT_EQ(found, norms(test::copy_to(x, Device::cpu(1))));
    EXPECT_EQ(found, norms(test::copy_to(x, Device::cpu(3))));
  }
}

TEST_P(Reduce, FirstNonFiniteIsTheFirst) {
  constexpr float kBad[] = {std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
  const int64_t n = 150'001;
  std::vector<float> values(static_cast<size_t>(n), 60000.0f);
  EXPECT_EQ(first_non_finite(test::tensor_of(values, {n}, GetParam(), device_)), std::nullopt);
  for (float bad : kBad) {
    for (int64_t at : {int64_t{0}, int64_t{17}, int64_t{65'535}, int64_t{65'536}, n - 1}) {
      std::vector<float> broken = values;
      broken[static_cast<size_t>(at)] = bad;
      broken.back() = bad;
      EXPECT_EQ(first_non_finite(test::tensor_of(broken, {n}, GetParam(), device_)), at);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Reduce, testing::ValuesIn(kTypes),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(Norms, DoNotOverflowWhereF32Would) {
  const Device device = Device::cpu(1);
  const Tensor x = Tensor::from({3e30f, 4e30f}, {1, 2}, device);
  EXPECT_NEAR(norms(x)[0] / 5e30, 1.0, 1e-6);
}

}  // namespace
}  // namespace newbie::ops
