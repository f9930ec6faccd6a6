#pragma once
/// Products with weights, which are prepared once for the device that will use them.

#include <memory>
#include <optional>

#include "ops/elementwise.h"
#include "ops/linear_input.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Where prepared weights live. `mapped` multiplies straight from the file's pages when the types
/// allow it (text encoders: used once per prompt); `packed` copies them into the layout the product
/// likes best and lets the pages go (the DiT: used every step).
enum class Residency : uint8_t { mapped, packed };

/// How prepared weights are kept: in the type that computes; or as f8_e4m3 codes with one scale per
/// output, for products of 8 bits.
enum class LinearStorage : uint8_t { compute, f8 };

/// y = x W^T + b, ready to run with inputs of one type. Copies share the weights.
class LinearWeights {
 public:
  /// What a device keeps of a prepared weight; each backend derives its own.
  struct Prepared {
    virtual ~Prepared() = default;
  };

  LinearWeights() = default;
  LinearWeights(int64_t in, int64_t out, DType compute, Tensor weight, Tensor bias,
                std::shared_ptr<const Prepared> prepared,
                LinearStorage storage = LinearStorage::compute)
      : in_(in),
        out_(out),
        compute_(compute),
        storage_(storage),
        weight_(std::move(weight)),
        bias_(std::move(bias)),
        prepared_(std::move(prepared)) {}

  int64_t in_features() const { return in_; }
  int64_t out_features() const { return out_; }
  /// Type of the inputs and outputs: f32, bf16 or f16.
  DType compute() const { return compute_; }
  LinearStorage storage() const { return storage_; }
  /// The form of input that needs no pass of its own.
  RowFormat takes() const {
    return storage_ == LinearStorage::f8 ? RowFormat::f8 : RowFormat::plain;
  }
  /// [out,in] as loaded; undefined after packing.
  const Tensor& weight() const { return weight_; }
  /// [out] f32, or undefined.
  const Tensor& bias() const { return bias_; }
  const Prepared* prepared() const { return prepared_.get(); }
  const std::shared_ptr<const Prepared>& shared() const { return prepared_; }

 private:
  int64_t in_ = 0;
  int64_t out_ = 0;
  DType compute_ = DType::f32;
  LinearStorage storage_ = LinearStorage::compute;
  Tensor weight_;
  Tensor bias_;
  std::shared_ptr<const Prepared> prepared_;
};

/// Each row times 1 / scale as the nearest f8_e4m3, where scale takes the row's largest number to
/// 448 (1 for a row of zeros). Shapes: x [...,I] -> codes [...,I], scales [rows]. A row with NaN or
/// infinity becomes NaN. Types: f32, bf16, f16.
LinearInput quantize_rows(const Tensor& x);

/// Prepares weight [out,in] (any floating type) and an optional bias [out] for inputs of type
/// `compute` (f32, bf16 or, on an accelerator, f16). Memory is counted as weights of the current
/// component. Storage f8 wants sizes that are multiples of 16: others are kept as `compute`.
LinearWeights prepare_linear(const Tensor& weight, const std::optional<Tensor>& bias, DType compute,
                             Residency residency, LinearStorage storage = LinearStorage::compute);

/// y = act(x W^T + b). Shapes: x [...,I] -> [...,O]. Accumulates in f32, adds bias and applies act
/// in f32, rounds once. The same bytes for any thread count, and for a row whatever rows surround
/// it. Weights of storage f8 take plain rows through quantize_rows. Weights of f16 also take rows
/// of bf16, for what f16 cannot hold.
Tensor linear(const LinearInput& x, const LinearWeights& weights,
              Activation activation = Activation::none);

/// y = act(x Wg^T) * (x Wu^T): linear, linear and gated in one pass that never stores the wide
/// halves where a device can. Shapes: x [...,I], both weights [F,I] without bias -> [...,F].
Tensor gated_linear(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                    Activation activation);

/// The same in the form that the next product takes: f8 is quantize_rows of it.
LinearInput gated_linear(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                         Activation activation, RowFormat format);

}  // namespace newbie::ops
