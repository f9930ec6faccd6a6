#pragma once
/// torch.randn and torch.rand of a CPU generator, with the arithmetic of the x86 builds (AVX2 and
/// AVX-512 give the same bits).

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "tensor/small_floats.h"

namespace newbie {

/// MT19937. Only the low 32 bits of the seed count, as in PyTorch. Source: model specification 8.2
/// to 8.4.
class TorchCpuRng {
 public:
  explicit TorchCpuRng(uint64_t seed);

  /// Fewer than 16 values come one by one in double precision, more in blocks of 16. What is drawn
  /// depends on the type of `out`: bf16 noise is not rounded f32 noise.
  void normal(std::span<float> out);
  void normal(std::span<double> out);
  void normal(std::span<BFloat16> out);
  void normal(std::span<Float16> out);

  void uniform(std::span<float> out);
  void uniform(std::span<double> out);
  void uniform(std::span<BFloat16> out);
  void uniform(std::span<Float16> out);

 private:
  uint32_t next32();
  uint64_t next64();
  double uniform64();
  double normal_double();
  template <class T>
  void fill(std::span<T> out);

  std::array<uint32_t, 624> state_;
  size_t position_ = 624;
  std::optional<double> cached_;  // the second value of the last pair
};

}  // namespace newbie
