#pragma once
/// torch.randn and torch.rand of a CUDA generator. Values agree to about 2.5e-6: the GPU uses
/// approximate sin and cos instructions that no other machine has.

#include <cstdint>
#include <span>

namespace newbie {

/// The size of the GPU decides which thread makes which element; defaults are those of an H100.
struct CudaLayout {
  int multiprocessors = 132;
  int threads_per_multiprocessor = 2048;
};

/// Philox4x32-10 with the launch layout of PyTorch. Source: model specification 8.5.
class TorchCudaRng {
 public:
  explicit TorchCudaRng(uint64_t seed, CudaLayout layout = {});

  void normal(std::span<float> out);
  void uniform(std::span<float> out);

  uint64_t offset() const { return offset_; }

 private:
  template <class Convert>
  void fill(std::span<float> out, const Convert& convert);

  uint64_t seed_;
  uint64_t offset_ = 0;  // of the generator, in units of 32-bit words per thread
  CudaLayout layout_;
};

}  // namespace newbie
