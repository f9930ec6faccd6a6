// What a training step makes and adds up: noise, mixtures, products for Muon, sums of many terms;
// and the small copies that carry the tables of all of it.

#include "batches.h"
#include "ops/backward/matmul.h"
#include "ops/elementwise.h"
#include "ops/matrices.h"
#include "ops/optimizer.h"
#include "ops/reference/elementwise.h"
#include "ops/reference/optimizer.h"
#include "ops/reference/training.h"
#include "ops/training.h"

namespace newbie::ops {
namespace {

class Steps : public testing::TestWithParam<DType> {
 protected:
  Tensor random(Shape shape, uint32_t seed) {
    return test::random_tensor(shape, GetParam(), Device::cpu(2), seed);
  }
};

TEST(Noise, IsTheSameBytesEverywhere) {
  // The counter's words, the key's halves and the end of the last block of four all matter.
  for (const NoiseKey& key : {NoiseKey{0, 0, 0}, NoiseKey{0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF, 7},
                              NoiseKey{uint64_t{1} << 32, 3, 0x80000001}, NoiseKey{42, 1, 2}}) {
    for (const int64_t count : {0, 1, 2, 3, 4, 5, 1023, 20'001}) {
      Tensor expected = Tensor::empty({count}, DType::f32, Device::cpu(1));
      reference::normal_noise(expected, key);
      expect_bytes(expected,
                   [&](const Device& device) { return normal_noise(key, {count}, device); });
    }
  }
  // Many values: every branch of the arithmetic, the rare ends of the logarithm among them.
  const NoiseKey key{9, 2, 1};
  const Shape batch{512, 16, 24, 24};
  const Tensor expected = normal_noise(key, batch, Device::cpu(2));
  for (const Device& device : test::accelerators()) {
    EXPECT_TRUE(test::same_bytes(to_host(normal_noise(key, batch, device)), expected));
  }
}

TEST(Blend, TakesAPartOfBothPerRow) {
  for (const Shape& shape : {Shape{512, 2304}, Shape{513, 7}, Shape{1, 1}, Shape{3, 5, 11, 2},
                             Shape{0, 4}, Shape{4, 0}}) {
    const Tensor x = repeating(shape, DType::f32, 1), z = repeating(shape, DType::f32, 2);
    std::vector<float> of_x, of_z;
    for (int64_t row = 0; row < shape[0]; ++row) {
      of_x.push_back(static_cast<float>(row) / static_cast<float>(shape[0]));
      of_z.push_back(1 - of_x.back());
    }
    Tensor expected = Tensor::empty(shape, DType::f32, x.device());
    reference::blend_rows(expected, x, of_x, z, of_z);
    expect_bytes(expected, [&](const Device& device) {
      return blend_rows(test::copy_to(x, device), of_x, test::copy_to(z, device), of_z);
    });
    expect_bytes(expected, [&](const Device& device) {
      return blend_rows(off_by_one(x, device), of_x, off_by_one(z, device), of_z);
    });
  }
}

TEST_P(Steps, MultiplyManyMatrices) {
  struct Case {
    int64_t count, m, n, k;
  };
  // The last ones make every other matrix begin at an address that no pack fits.
  for (const Case& c : {Case{6, 48, 40, 96}, Case{1, 96, 96, 288}, Case{3, 4, 5, 6},
                        Case{5, 7, 3, 9}, Case{2, 65, 67, 33}, Case{40, 1, 1, 1}}) {
    const Tensor x = random({c.count, c.m, c.k}, 1), w = random({c.count, c.n, c.k}, 2);
    Tensor truth = Tensor::empty({c.count, c.m, c.n}, DType::f64, x.device());
    reference::matrix_products(truth, widened(x), widened(w));
    for (const Device& device : all_devices()) {
      for (const bool shifted : {false, true}) {
        const auto there = [&](const Tensor& all) {
          return shifted ? off_by_one(all, device) : test::copy_to(all, device);
        };
        const Tensor found = to_host(matrix_products(there(x), there(w)));
        EXPECT_LE(test::relative_l2(found, truth), limit_of(GetParam()))
            << device.name() << " " << x.str() << " by " << w.str();
      }
    }
  }
}

TEST_P(Steps, MultiplyBackOverManyRows) {
  // Whole pieces of rows, pieces with a rest, and rows that are too few for pieces.
  for (const int64_t rows : {8192, 9001, 8191}) {
    expect_near_truth(
        {repeating({rows, 24}, GetParam(), 1), repeating({rows, 16}, GetParam(), 2)},
        [](const Tensors& in) -> Tensors { return {linear_weight_gradient(in[0], in[1])}; });
  }
}

TEST_P(Steps, CombineAnyNumberOfTerms) {
  for (const int64_t count : {1, 2, 15, 16, 17, 33, 70}) {
    for (const Shape& shape : {Shape{1}, Shape{7, 9}, Shape{32, 64}}) {
      Tensors inputs;
      for (int64_t i = 0; i < count; ++i) {
        inputs.push_back(random(shape, static_cast<uint32_t>(i + 1)));
      }
      const auto terms = [](const Tensors& in) {
        std::vector<std::pair<float, Tensor>> all;
        for (const Tensor& x : in) {
          all.emplace_back(0.25f + 0.125f * static_cast<float>(all.size()), x);
        }
        return all;
      };
      Tensor truth = Tensor::empty(shape, DType::f64, Device::cpu(1));
      Tensors wide;
      for (const Tensor& x : inputs) wide.push_back(widened(x));
      reference::combine(truth, terms(wide));
      for (const Device& device : all_devices()) {
        const Tensor found = to_host(combine(terms(on_device(inputs, device))));
        EXPECT_LE(test::relative_l2(found, truth), limit_of(GetParam()))
            << device.name() << " " << count << " terms of " << shape.str();
      }
    }
  }
}

TEST(Update, TakesOneOfManyDirections) {
  // Muon's directions lie together: those after the first begin at any address.
  for (const DType direction : {DType::f32, DType::bf16}) {
    const Shape one{5, 7}, all{3, 5, 7};
    const Tensor directions = test::random_tensor(all, direction, Device::cpu(1), 1);
    const Tensor start = test::random_tensor(one, DType::f32, Device::cpu(1), 2);
    for (const Device& device : all_devices()) {
      for (int64_t k = 0; k < 3; ++k) {
        Tensor expected = test::copy_to(start, Device::cpu(1)), none;
        reference::update_step(expected, none, directions.slice(k, k + 1).view(one), 0.1f, -0.5f);
        Tensor found = test::copy_to(start, device);
        const Tensor there = test::copy_to(directions, device).slice(k, k + 1).view(one);
        update_step(found, none, there, 0.1f, -0.5f);
        EXPECT_LT(test::relative_l2(to_host(found), expected), 1e-6) << device.name() << " " << k;
      }
    }
  }
}

std::vector<uint32_t> words(size_t count, uint32_t seed) {
  std::vector<uint32_t> made(count);
  for (size_t i = 0; i < count; ++i) made[i] = static_cast<uint32_t>(i + 1) * 2654435761u ^ seed;
  return made;
}

TEST(SmallCopies, KeepTheirBytesThoughTheirSourceIsGone) {
  // More bytes than both pinned buffers hold, in pieces of all sizes; sources are overwritten at
  // once, larger copies and ways back lie between them, and nothing is read before all have left.
  for (const Device& device : all_devices()) {
    std::mt19937 generator(3);
    Tensors there;
    std::vector<uint32_t> source;
    std::vector<size_t> sizes;
    for (uint32_t i = 0; i < 3000; ++i) {
      const size_t size = i % 997 == 500 ? 5'000'001
                          : i % 5 == 0   ? generator() % 20'000
                                         : generator() % 70;
      source = words(size, i);
      there.push_back(Tensor::from(
          std::span<const int32_t>(reinterpret_cast<const int32_t*>(source.data()), size),
          {static_cast<int64_t>(size)}, device));
      std::fill(source.begin(), source.end(), 0xDEADBEEF);
      sizes.push_back(size);
      if (i % 401 == 400) to_host(there[i / 2]);
    }
    size_t broken = 0;
    for (uint32_t i = 0; i < 3000; ++i) {
      const Tensor host = to_host(there[i]);
      const std::vector<uint32_t> expected = words(sizes[i], i);
      if (host.bytes() > 0) broken += std::memcmp(host.raw(), expected.data(), host.bytes()) != 0;
    }
    EXPECT_EQ(broken, 0u) << device.name();
  }
}

TEST(SmallCopies, OfTablesDoNotOvertakeEachOther) {
  // Tables of many launches are in flight at once, and their memory comes back while they run.
  const Tensor rows = repeating({4096, 24}, DType::bf16, 1);
  for (const Device& device : all_devices()) {
    const Tensor x = test::copy_to(rows, device);
    std::vector<float> ones(4096, 1.0f);
    Tensor sum = Tensor::zeros({4096, 24}, DType::f32, device);
    const Tensor wide = cast(x, DType::f32);
    for (int i = 0; i < 200; ++i) {
      const std::vector<float> parts(4096, static_cast<float>(i % 7));
      sum = blend_rows(sum, ones, wide, parts);
    }
    // 200 = 28 * 7 + 4: 28 * 21 + 6 = 594 times, in numbers that f32 holds.
    Tensor expected = Tensor::zeros({4096, 24}, DType::f32, Device::cpu(1));
    const std::vector<float> values = rows.to_floats();
    for (size_t i = 0; i < values.size(); ++i) {
      expected.mutable_data<float>()[i] = 594.0f * values[i];
    }
    EXPECT_LE(test::relative_l2(to_host(sum), expected), 1e-6) << device.name();
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Steps, testing::ValuesIn(kTypes),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::ops
