#pragma once
/// Batches as training makes them, and the devices that are asked about them.

#include <random>

#include "conformance/ops_vector/harness.h"

namespace newbie::ops {

/// The host with one and with several threads, then every accelerator.
inline std::vector<Device> all_devices() {
  std::vector<Device> all{Device::cpu(1), Device::cpu(3)};
  for (const Device& device : test::accelerators()) all.push_back(device);
  return all;
}

/// `count` lengths from `least` to `most`, both among them.
inline std::vector<int64_t> mixed_lengths(int64_t count, int64_t least, int64_t most,
                                          uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < count; ++b) {
    lengths.push_back(least + static_cast<int64_t>(generator() % (most - least + 1)));
  }
  if (count > 0) lengths.front() = most;
  if (count > 1) lengths.back() = least;
  return lengths;
}

inline Packing mixed(int64_t count, int64_t least, int64_t most, uint32_t seed) {
  return Packing::of_lengths(mixed_lengths(count, least, most, seed));
}

/// Many numbers quickly: a prime number of normal ones, over and over.
inline Tensor repeating(const Shape& shape, DType dtype, uint32_t seed) {
  constexpr int64_t kPrime = 8191;
  const Device host = Device::cpu(1);
  const Tensor block = test::random_tensor({kPrime}, dtype, host, seed);
  Tensor x = Tensor::empty(shape, dtype, host);
  for (size_t at = 0; at < x.bytes(); at += block.bytes()) {
    std::memcpy(x.mutable_raw() + at, block.raw(), std::min(block.bytes(), x.bytes() - at));
  }
  return x;
}

/// The same numbers, from an address that is a multiple of one element only.
inline Tensor off_by_one(const Tensor& x, const Device& device) {
  Tensor longer = Tensor::zeros({x.numel() + 1}, x.dtype(), x.device());
  if (x.bytes() > 0) {
    std::memcpy(longer.mutable_raw() + size_of(x.dtype()), x.raw(), x.bytes());
  }
  return test::copy_to(longer, device).slice(1, x.numel() + 1).view(x.shape());
}

/// Relative distance that a sum of products of numbers of the type may have.
inline double limit_of(DType dtype) {
  return dtype == DType::bf16 ? 6e-3 : dtype == DType::f16 ? 1e-3 : 3e-6;
}

/// `run` on every device gives exactly these bytes.
inline void expect_bytes(const Tensor& expected, const std::function<Tensor(const Device&)>& run) {
  for (const Device& device : all_devices()) {
    SCOPED_TRACE(device.name());
    const Tensor found = to_host(run(device));
    EXPECT_TRUE(test::same_bytes(found, expected)) << test::worst_element(found, expected);
  }
}

/// `run` on every device is about as close to its f64 self as its type allows, twice alike.
inline void expect_near_truth(const Tensors& inputs,
                              const std::function<Tensors(const Tensors&)>& run) {
  Tensors wide;
  for (const Tensor& x : inputs) wide.push_back(widened(x));
  const Tensors truth = run(wide);
  for (const Device& device : all_devices()) {
    SCOPED_TRACE(device.name());
    const Tensors found = run(on_device(inputs, device)), again = run(on_device(inputs, device));
    ASSERT_EQ(found.size(), truth.size());
    for (size_t i = 0; i < found.size(); ++i) {
      const Tensor host = to_host(found[i]);
      EXPECT_LE(test::relative_l2(host, truth[i]), limit_of(inputs[0].dtype()))
          << "result " << i << " " << host.str();
      EXPECT_TRUE(test::same_bytes(host, to_host(again[i]))) << "two runs differ in result " << i;
    }
  }
}

}  // namespace newbie::ops
