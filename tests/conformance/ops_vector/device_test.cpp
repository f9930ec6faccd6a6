// What the questions of the other files do not ask of an accelerator: exact conversions, special
// values, alignment, transfers, memory counts. Every test runs on all accelerators there are.

#include <limits>
#include <numeric>

#include "harness.h"
#include "ops/embedding.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/reference/embedding.h"
#include "ops/reference/norm.h"
#include "ops/reference/reduce.h"
#include "ops/reference/rope.h"
#include "ops/rope.h"
#include "ops/shape.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

const Device& host() {
  static const Device device = Device::cpu(2);
  return device;
}

template <class Body>
void on_accelerators(const Body& body) {
  for (const Device& device : test::accelerators()) {
    SCOPED_TRACE(device.name());
    body(device);
  }
}

/// Every code of a small type.
template <class Stored>
Tensor all_codes(DType dtype) {
  constexpr int64_t kCodes = int64_t{1} << (8 * sizeof(Stored));
  Tensor codes = Tensor::empty({kCodes}, dtype, host());
  auto* out = reinterpret_cast<Stored*>(codes.mutable_raw());
  for (int64_t i = 0; i < kCodes; ++i) out[i] = static_cast<Stored>(i);
  return codes;
}

TEST(OnDevice, CastsBetweenAllFloatingTypesAreThoseOfTheHost) {
  on_accelerators([](const Device& device) {
    const DType all[] = {DType::f64,  DType::f32,     DType::f16,
                         DType::bf16, DType::f8_e4m3, DType::f8_e5m2};
    for (DType from : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::f8_e4m3}) {
      for (int64_t count : {1, 7, 1961}) {
        const Tensor x = random_tensor({count}, from, host(), 4, 100.0f);
        for (DType to : all) {
          if (from == to) continue;
          Tensor expected = Tensor::empty(x.shape(), to, host());
          reference::cast(expected, x, to);
          const Tensor found = to_host(cast(to_device(x, device), to));
          EXPECT_TRUE(test::same_bytes(found, expected)) << name_of(from) << " to " << name_of(to);
        }
      }
    }
  });
}

TEST(OnDevice, EveryCodeOfTheSmallTypesBecomesItsValue) {
  on_accelerators([](const Device& device) {
    for (DType type : {DType::bf16, DType::f16, DType::f8_e4m3, DType::f8_e5m2}) {
      const Tensor codes =
          size_of(type) == 2 ? all_codes<uint16_t>(type) : all_codes<uint8_t>(type);
      Tensor expected = Tensor::empty(codes.shape(), DType::f32, host());
      reference::cast(expected, codes, DType::f32);
      const Tensor found = to_host(cast(to_device(codes, device), DType::f32));
      EXPECT_EQ(test::max_ulps(found, expected), 0) << name_of(type);
    }
  });
}

TEST(OnDevice, CastTakesIntegers) {
  on_accelerators([](const Device& device) {
    const std::vector<int64_t> values{0, -7, 1 << 20};
    const Tensor x = Tensor::from<int64_t>(std::span<const int64_t>(values), {3}, device);
    EXPECT_EQ(cast(x, DType::f32).to_floats(), (std::vector<float>{0, -7, 1 << 20}));
    const std::vector<int32_t> small{5, -9};
    const Tensor y = Tensor::from<int32_t>(std::span<const int32_t>(small), {2}, device);
    EXPECT_EQ(cast(y, DType::bf16).to_floats(), (std::vector<float>{5, -9}));
  });
}

TEST(OnDevice, NotANumberAndInfinityGoThrough) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{std::numeric_limits<float>::quiet_NaN(),
                                  kInfinity,
                                  -kInfinity,
                                  0.0f,
                                  -0.0f,
                                  60000.0f,
                                  -60000.0f};
  on_accelerators([&](const Device& device) {
    for (DType type : kTypes) {
      const Tensor x = test::tensor_of(values, {7}, type, host());
      const Tensor there = to_device(x, device);
      for (Activation activation :
           {Activation::none, Activation::silu, Activation::gelu_tanh, Activation::gelu_erf}) {
        Tensor expected = Tensor::empty(x.shape(), x.dtype(), host());
        reference::activate(expected, x, activation);
        EXPECT_EQ(test::max_ulps(to_host(activate(there, activation)), expected), 0)
            << static_cast<int>(activation) << " in " << name_of(type);
      }
      const std::vector<float> clamped = clamp(there, -1.0f, 1.0f).to_floats();
      EXPECT_TRUE(std::isnan(clamped[0]));
      EXPECT_EQ(clamped[1], 1.0f);
      EXPECT_EQ(clamped[2], -1.0f);
    }
  });
}

TEST(OnDevice, ActivationsStayWithinAFewUnitsInTheLastPlace) {
  struct Range {
    Activation activation;
    float low, high;
    int64_t ulps;
  };
  on_accelerators([](const Device& device) {
    for (const Range& range :
         {Range{Activation::silu, -80.0f, 80.0f, 4}, Range{Activation::gelu_tanh, -1.0f, 20.0f, 4},
          Range{Activation::gelu_erf, -6.0f, 20.0f, 7}}) {
      std::vector<float> values;
      constexpr int kSteps = 100'000;
      for (int i = 0; i <= kSteps; ++i) {
        values.push_back(range.low + (range.high - range.low) * static_cast<float>(i) / kSteps);
      }
      const Tensor x = Tensor::from(values, {static_cast<int64_t>(values.size())}, host());
      Tensor expected = Tensor::empty(x.shape(), x.dtype(), host());
      reference::activate(expected, x, range.activation);
      const Tensor found = to_host(activate(to_device(x, device), range.activation));
      EXPECT_LE(test::max_ulps(found, expected), range.ulps)
          << static_cast<int>(range.activation) << ", " << test::worst_element(found, expected);
    }
  });
}

TEST(OnDevice, NormsAreTheHosts) {
  on_accelerators([](const Device& device) {
    for (DType type : kTypes) {
      for (const Shape& shape :
           {Shape{2, 16, 33, 47}, Shape{1, 200'003}, Shape{3, 1}, Shape{0, 4}}) {
        const Tensor x = random_tensor(shape, type, host(), 1, 1.0f, 0.3f);
        Tensor expected = Tensor::empty({shape[0]}, DType::f64, host());
        reference::norms(expected, x);
        const Tensor there = to_device(x, device);
        const std::vector<double> found = norms(there);
        ASSERT_EQ(static_cast<int64_t>(found.size()), shape[0]);
        for (int64_t b = 0; b < shape[0]; ++b) {
          const double value = expected.data<double>()[b];
          EXPECT_NEAR(found[static_cast<size_t>(b)], value, 1e-13 * value);
        }
        EXPECT_EQ(found, norms(there)) << "two runs differ";
      }
    }
  });
}

TEST(OnDevice, FirstNonFiniteIsTheFirst) {
  const int64_t n = 150'001;
  on_accelerators([&](const Device& device) {
    for (DType type : kTypes) {
      const std::vector<float> values(static_cast<size_t>(n), 60000.0f);
      EXPECT_EQ(first_non_finite(to_device(test::tensor_of(values, {n}, type, host()), device)),
                std::nullopt);
      for (int64_t at : {int64_t{0}, int64_t{17}, int64_t{65'535}, n - 1}) {
        std::vector<float> broken = values;
        broken[static_cast<size_t>(at)] = std::numeric_limits<float>::quiet_NaN();
        broken.back() = std::numeric_limits<float>::infinity();
        EXPECT_EQ(first_non_finite(to_device(test::tensor_of(broken, {n}, type, host()), device)),
                  at);
      }
    }
  });
}

TEST(OnDevice, EmbeddingReadsTablesOfEveryType) {
  const std::vector<int32_t> ids{0, 9, 9, 3};
  on_accelerators([&](const Device& device) {
    for (DType from : {DType::f32, DType::bf16, DType::f16, DType::f8_e4m3, DType::f64}) {
      const Tensor table = random_tensor({10, 37}, from, host(), 1);
      for (DType to : kTypes) {
        Tensor expected = Tensor::empty({4, 37}, to, host());
        reference::embedding(expected, table, ids, 50.5f);
        const Tensor found = to_host(embedding(to_device(table, device), ids, 50.5f, to));
        EXPECT_EQ(test::max_ulps(found, expected), 0) << name_of(from) << " to " << name_of(to);
      }
    }
  });
}

TEST(OnDevice, SplitHeadsNormRopeIsItsParts) {
  struct Sizes {
    int64_t heads, kv_heads, width, rows;
  };
  on_accelerators([](const Device& device) {
    for (const Sizes& s : {Sizes{6, 2, 24, 41}, Sizes{24, 8, 96, 70}, Sizes{3, 1, 256, 5},
                           Sizes{2, 1, 10, 33}, Sizes{1, 1, 6, 1}}) {
      std::vector<int32_t> positions(static_cast<size_t>(s.rows));
      std::iota(positions.begin(), positions.end(), 0);
      for (DType type : kTypes) {
        const auto random = [&](Shape shape, uint32_t seed) {
          return random_tensor(shape, type, host(), seed);
        };
        const Tensor qkv = random({s.rows, (s.heads + 2 * s.kv_heads) * s.width}, 1);
        const Tensor qw = random({s.width}, 2), kw = random({s.width}, 3);
        const RopeTable angles = rope_line(positions, s.width, 10000.0f, 1.0f, host());
        const RopeTable there = rope_line(positions, s.width, 10000.0f, 1.0f, device);
        for (RopeLayout layout : {RopeLayout::interleaved, RopeLayout::half_split}) {
          const Tensor x = to_device(qkv, device);
          const Heads plain = split_heads(x, s.heads, s.kv_heads);
          const Heads fused = split_heads_norm_rope(x, s.heads, s.kv_heads, to_device(qw, device),
                                                    to_device(kw, device), 1e-6f, there, layout);
          const auto normed = [&](const Tensor& part, const Tensor& w) {
            return rms_norm_rope(part, to_device(w, device), 1e-6f, RmsWeight::plain, there,
                                 layout);
          };
          const auto same = [](const Tensor& a, const Tensor& b) {
            return test::same_bytes(to_host(a), to_host(b));
          };
          EXPECT_TRUE(same(fused.q, normed(plain.q, qw)));
          EXPECT_TRUE(same(fused.k, normed(plain.k, kw)));
          EXPECT_TRUE(same(fused.v, plain.v));

          Tensor all = Tensor::empty({qkv.numel()}, type, host());
          reference::split_heads_norm_rope(all, qkv, s.heads, s.kv_heads, qw, kw, 1e-6f, angles,
                                           layout);
          const Tensor found =
              concat_rows({fused.q.view({-1}), fused.k.view({-1}), fused.v.view({-1})});
          const double step = type == DType::f32 ? 2e-7 : 1e-3;
          EXPECT_LE(test::relative_l2(to_host(found), all), step)
              << s.width << " " << name_of(type);
        }
      }
    }
  });
}

TEST(OnDevice, RowsDoNotDependOnTheirNeighboursOrTheirAlignment) {
  // Width 520: rows of packs. Slices of one element more start at odd addresses and go one by one.
  on_accelerators([](const Device& device) {
    for (DType type : kTypes) {
      const Tensor x = to_device(random_tensor({700, 520}, type, host(), 1), device);
      const Tensor branch = to_device(random_tensor({700, 520}, type, host(), 2), device);
      const Tensor weight = to_device(random_tensor({520}, type, host(), 3), device);
      const Tensor gate = to_device(random_tensor({1, 520}, type, host(), 4), device);
      const auto all = [&](int64_t begin, int64_t end) {
        const Packing one = Packing::of_lengths({end - begin});
        const Tensor a = x.slice(begin, end), b = branch.slice(begin, end);
        return Tensors{rms_norm(a, weight, 1e-5f),
                       add_gated_rms_norm(a, b, weight, 1e-5f, gate, one),
                       layer_norm_modulate(a, 1e-5f, gate, one), gated(a, b, Activation::silu),
                       activate(a, Activation::gelu_erf)};
      };
      const Tensors whole = all(0, 700), part = all(251, 254);
      for (size_t i = 0; i < whole.size(); ++i) {
        EXPECT_TRUE(test::same_bytes(to_host(whole[i].slice(251, 254)), to_host(part[i])))
            << "op " << i << " in " << name_of(type);
      }
      const Tensor shifted = x.view({-1}).slice(1, 1 + 3 * 520);
      const Tensor moved = to_device(to_host(shifted), device);
      EXPECT_TRUE(test::same_bytes(to_host(activate(shifted, Activation::silu)),
                                   to_host(activate(moved, Activation::silu))))
          << name_of(type);
    }
  });
}

TEST(OnDevice, StatisticsSurviveAMeanFarFromZero) {
  on_accelerators([](const Device& device) {
    const Tensor x = random_tensor({1, 64, 64, 32}, DType::f32, host(), 1, 1.0f, 1000.0f);
    const Tensor ones = random_tensor({32}, DType::f32, host(), 2, 0.0f, 1.0f);
    const Tensor zeros = Tensor::zeros({32}, DType::f32, host());
    Tensor expected = Tensor::empty(x.shape(), x.dtype(), host());
    reference::group_norm(expected, x, 4, ones, zeros, 1e-6f, Activation::none);
    const Tensor found =
        group_norm(to_device(x, device), 4, to_device(ones, device),
                   Tensor::zeros({32}, DType::f32, device), 1e-6f, Activation::none);
    EXPECT_LE(test::relative_l2(to_host(found), expected), 1e-4);
  });
}

TEST(OnDevice, TransfersKeepEveryByte) {
  // More than both staging buffers hold, and sizes around nothing.
  on_accelerators([](const Device& device) {
    for (int64_t bytes : {int64_t{0}, int64_t{1}, int64_t{65'537}, int64_t{50'000'003}}) {
      Tensor x = Tensor::empty({bytes}, DType::u8, host());
      for (int64_t i = 0; i < bytes; ++i) {
        x.mutable_raw()[i] = static_cast<std::byte>(i * 2654435761u >> 13);
      }
      const Tensor there = to_device(x, device);
      EXPECT_EQ(there.device(), device);
      EXPECT_TRUE(test::same_bytes(to_host(there), x)) << bytes;
    }
    const Tensor zeros = Tensor::zeros({1000}, DType::f32, device);
    EXPECT_EQ(zeros.to_floats(), std::vector<float>(1000, 0.0f));
    EXPECT_EQ(to_device(zeros, device).raw(), zeros.raw()) << "there already: no copy";
    EXPECT_THROW(zeros.data<float>(), Error) << "the host must not read the device's memory";
  });
}

TEST(OnDevice, MemoryIsCountedUnderItsTag) {
  on_accelerators([](const Device& device) {
    const auto live = [&] {
      return device.allocator().report().of(Component::vae, MemoryUse::activations).live;
    };
    const uint64_t before = live();
    {
      const MemoryScope scope(device, Component::vae, MemoryUse::activations);
      const Tensor x = Tensor::empty({1 << 22}, DType::f32, device);
      EXPECT_EQ(live(), before + (uint64_t{16} << 20));
    }
    EXPECT_EQ(live(), before);
    EXPECT_GT(device.allocator().report().cached, 0u);
    device.allocator().trim();
    EXPECT_EQ(device.allocator().report().cached, 0u);
  });
}

TEST(OnDevice, CancellationStopsTheNextOp) {
  on_accelerators([](const Device& device) {
    const CancelToken token;
    device.set_cancel(token);
    const Tensor x = Tensor::zeros({4}, DType::f32, device);
    token.request();
    EXPECT_THROW(activate(x, Activation::silu), Error);
    device.set_cancel(CancelToken());
  });
}

TEST(OnDevice, ThereIsOneWhereARunIsMeantForIt) {
  EXPECT_NO_THROW(test::accelerators()) << "NEWBIE_REQUIRE_CUDA is set";
}

}  // namespace
}  // namespace newbie::ops
