#pragma once
/// Random numbers. The default generator is specified bit by bit in docs/explain/noise.md; two more
/// give the noise of PyTorch, so that pictures can be matched with other programs.

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tensor/rng_newbie.h"
#include "tensor/rng_torch_cpu.h"
#include "tensor/rng_torch_cuda.h"
#include "tensor/tensor.h"

namespace newbie {

/// `newbie`: counter-based, the same bits on every device. `torch_cpu`: torch.randn with a CPU
/// generator. `torch_cuda`: torch.randn with a CUDA generator.
enum class RngKind : uint8_t { newbie, torch_cpu, torch_cuda };

/// "newbie", "torch-cpu", "torch-cuda".
std::string_view name_of(RngKind kind);
std::optional<RngKind> rng_kind_from_name(std::string_view name);

struct RngOptions {
  /// Independent sequences of one seed; `newbie` only, PyTorch has none.
  uint32_t stream = 0;
  /// `torch_cuda` only.
  CudaLayout cuda;
};

/// A sequence of draws. A value: a copy goes on independently from the same place. Not thread-safe.
class Rng {
 public:
  Rng(RngKind kind, uint64_t seed, RngOptions options = {});

  RngKind kind() const { return static_cast<RngKind>(state_.index()); }

  /// Standard normal values. Types: f32, f64, bf16, f16. The type takes part in what PyTorch's CPU
  /// generator draws (bf16 noise is not rounded f32 noise); the others round f32 values.
  Tensor normal(const Shape& shape, const Device& device, DType dtype = DType::f32);

  /// Uniform values: [0,1), for `torch_cuda` (0,1]. Types as normal().
  Tensor uniform(const Shape& shape, const Device& device, DType dtype = DType::f32);

 private:
  std::variant<NewbieRng, TorchCpuRng, TorchCudaRng> state_;
};

/// First draw of a fresh generator.
Tensor gaussian_noise(RngKind kind, uint64_t seed, const Shape& shape, const Device& device,
                      DType dtype = DType::f32, RngOptions options = {});

/// Noise of a batch, each image from its own seed: image b has the bytes it would have alone.
/// Shapes: image [C,h,w] -> [B,C,h,w].
Tensor gaussian_noise(RngKind kind, const std::vector<uint64_t>& seeds, const Shape& image,
                      const Device& device, DType dtype = DType::f32, RngOptions options = {});

/// Seeds of a batch by convention: seed, seed + 1, ... (wrapping), so picture b of a batch is the
/// only picture of a run with seed + b.
std::vector<uint64_t> batch_seeds(uint64_t seed, int count);

}  // namespace newbie
