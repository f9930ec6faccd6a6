/// torch.randn and torch.rand, entry by entry of noise.safetensors.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <regex>
#include <string>

#include "support/golden.h"
#include "tensor/rng.h"

namespace newbie {
namespace {

using test::GoldenFile;

const Device& cpu() {
  static const Device device = Device::cpu(1);
  return device;
}

Tensor picked(const Tensor& values, const std::string& how) {
  std::smatch match;
  std::vector<float> all = values.to_floats();
  std::vector<float> kept;
  if (how.empty()) return values;
  if (std::regex_match(how, match, std::regex("_every(\\d+)"))) {
    for (size_t i = 0; i < all.size(); i += std::stoul(match[1])) kept.push_back(all[i]);
  } else if (std::regex_match(how, match, std::regex("_last(\\d+)"))) {
    kept.assign(all.end() - static_cast<std::ptrdiff_t>(std::stoul(match[1])), all.end());
  } else {
    return {};
  }
  return Tensor::from(kept, Shape{static_cast<int64_t>(kept.size())}, cpu());
}

/// Our values for a golden entry, when its name is understood. `sizes` has the size of every entry.
std::optional<Tensor> ours(const std::string& name, const std::map<std::string, int64_t>& sizes,
                           const RngOptions& options) {
  static const std::regex one("(cpu|cuda)/(rand/)?seed(\\d+)/n(\\d+)(?:/([a-z0-9]+?))?(_.*)?");
  static const std::regex calls("((cpu|cuda)/two_calls/seed(\\d+)/)(a|b)");
  std::smatch match;
  const auto kind = [](const std::string& device) {
    return device == "cpu" ? RngKind::torch_cpu : RngKind::torch_cuda;
  };
  if (std::regex_match(name, match, one)) {
    Rng rng(kind(match[1]), std::stoull(match[3]), options);
    const auto dtype = match[5].matched ? dtype_from_name(match[5].str()) : DType::f32;
    if (!dtype) return std::nullopt;
    const Shape shape{std::stoll(match[4])};
    const Tensor values =
        match[2].matched ? rng.uniform(shape, cpu(), *dtype) : rng.normal(shape, cpu(), *dtype);
    const Tensor kept = picked(values, match[6]);
    return kept.defined() ? std::optional(kept) : std::nullopt;
  }
  if (std::regex_match(name, match, calls)) {
    Rng rng(kind(match[2]), std::stoull(match[3]), options);
    const Tensor a = rng.normal(Shape{sizes.at(match[1].str() + "a")}, cpu());
    return match[4] == "a" ? a : rng.normal(Shape{sizes.at(name)}, cpu());
  }
  return std::nullopt;
}

struct Difference {
  long equal_bits = 0;
  double largest = 0;
};

Difference compare(const Tensor& got, const Tensor& want) {
  Difference difference;
  const size_t size = size_of(got.dtype());
  const std::vector<float> a = got.to_floats();
  const std::vector<float> b = want.to_floats();
  for (size_t i = 0; i < a.size(); ++i) {
    difference.equal_bits += std::memcmp(got.raw() + i * size, want.raw() + i * size, size) == 0;
    difference.largest = std::max(difference.largest, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return difference;
}

/// Half types that were rounded from f32 may differ by one unit in the last place.
double tolerance(const Tensor& want, bool cuda) {
  if (!cuda) return 2e-6;
  const double ulp = want.dtype() == DType::bf16  ? 0x1p-7
                     : want.dtype() == DType::f16 ? 0x1p-10
                                                  : 0;
  if (ulp == 0) return 2e-6;
  double largest = 0;
  for (float value : want.to_floats()) largest = std::max<double>(largest, std::abs(value));
  return ulp * std::exp2(std::floor(std::log2(largest)));
}

/// Counts of one generator.
struct Tally {
  long values = 0;
  long equal_bits = 0;
  double largest = 0;
};

TEST(NoiseGolden, EveryEntryOfPyTorch) {
  const GoldenFile file("noise");
  if (!file.exists()) return test::count_skipped("noise");
  RngOptions options;
  options.cuda.multiprocessors = file.manifest().value("device_sms", options.cuda.multiprocessors);
  std::map<std::string, int64_t> sizes;
  for (const std::string& name : file.names()) sizes[name] = file.find(name)->numel();

  Tally tallies[2];
  for (const std::string& name : file.names()) {
    const bool cuda = name.starts_with("cuda/");
    const Tensor want = *file.find(name);
    const std::optional<Tensor> got = ours(name, sizes, options);
    if (!got) {
      test::count_skipped(name);
      continue;
    }
    ASSERT_EQ(got->str(), want.str()) << name;
    const Difference difference = compare(*got, want);
    EXPECT_LE(difference.largest, tolerance(want, cuda)) << name;
    if (!cuda) {
      EXPECT_EQ(difference.equal_bits, want.numel()) << name;
    }
    test::count_comparison(cuda ? "noise torch-cuda" : "noise torch-cpu", difference.largest);
    Tally& tally = tallies[cuda];
    tally.values += want.numel();
    tally.equal_bits += difference.equal_bits;
    if (want.dtype() == DType::f32) tally.largest = std::max(tally.largest, difference.largest);
  }
  for (const bool cuda : {false, true}) {
    std::printf("golden: torch-%s: %ld of %ld values bit-equal, f32 within %.3g\n",
                cuda ? "cuda" : "cpu", tallies[cuda].equal_bits, tallies[cuda].values,
                tallies[cuda].largest);
  }
}

}  // namespace
}  // namespace newbie
