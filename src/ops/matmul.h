#pragma once
/// Products with weights, which are prepared once for the device that will use them.

#include <memory>
#include <optional>

#include "ops/elementwise.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Where prepared weights live. `mapped` multiplies straight from the file's pages when the types
/// allow it (text encoders: used once per prompt); `packed` copies them into the layout the product
/// likes best and lets the pages go (the DiT: used every step).
enum class Residency : uint8_t { mapped, packed };

/// y = x W^T + b, ready to run with inputs of one type. Copies share the weights.
class LinearWeights {
 public:
  /// What a device keeps of a prepared weight; each backend derives its own.
  struct Prepared {
    virtual ~Prepared() = default;
  };

  LinearWeights() = default;
  LinearWeights(int64_t in, int64_t out, DType compute, Tensor weight, Tensor bias,
                std::shared_ptr<const Prepared> prepared)
      : in_(in),
        out_(out),
        compute_(compute),
        weight_(std::move(weight)),
        bias_(std::move(bias)),
        prepared_(std::move(prepared)) {}

  int64_t in_features() const { return in_; }
  int64_t out_features() const { return out_; }
  /// Type of the inputs and outputs: f32 or bf16.
  DType compute() const { return compute_; }
  /// [out,in] as loaded; undefined after packing.
  const Tensor& weight() const { return weight_; }
  /// [out] f32, or undefined.
  const Tensor& bias() const { return bias_; }
  const Prepared* prepared() const { return prepared_.get(); }

 private:
  int64_t in_ = 0;
  int64_t out_ = 0;
  DType compute_ = DType::f32;
  Tensor weight_;
  Tensor bias_;
  std::shared_ptr<const Prepared> prepared_;
};

/// Prepares weight [out,in] (any floating type) and an optional bias [out] for inputs of type
/// `compute` (f32 or bf16). Memory is counted as weights of the current component.
LinearWeights prepare_linear(const Tensor& weight, const std::optional<Tensor>& bias, DType compute,
                             Residency residency);

/// y = act(x W^T + b). Shapes: x [...,I] -> [...,O]. Accumulates in f32, adds bias and applies act
/// in f32, rounds once. The same bytes for any thread count, and for a row whatever rows surround
/// it.
Tensor linear(const Tensor& x, const LinearWeights& weights,
              Activation activation = Activation::none);

/// y = act(x Wg^T) * (x Wu^T): linear, linear and gated in one pass that never stores the wide
/// halves. Shapes: x [...,I], both weights [F,I] without bias -> [...,F].
Tensor gated_linear(const Tensor& x, const LinearWeights& gate, const LinearWeights& up,
                    Activation activation);

}  // namespace newbie::ops
