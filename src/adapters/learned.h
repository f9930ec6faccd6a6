#pragma once
/// A new adapter, and its parameters while they are learned.

#include <memory>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/additions.h"
#include "adapters/targets.h"
#include "grad/parameter.h"
#include "nn/weight_scope.h"

namespace newbie::adapters {

/// What a new adapter is like.
struct NewAdapter {
  Kind kind = Kind::lora;  ///< lora or lokr
  int64_t rank = 16;
  double alpha = 16;
  /// LoKr: the size of w1 as far as the weight divides by it; a rank too large for w2 makes it
  /// whole.
  int64_t factor = 8;
  uint64_t seed = 0;
};

/// Modules for all targets, none of which changes anything yet: the first factor is drawn from
/// U(-1/sqrt(in), 1/sqrt(in)) (Kaiming, a = sqrt 5), the last one is zero. LoKr follows LyCORIS.
/// f32 on `device`. Errors: `adapter.kind`, `adapter.rank`.
std::vector<Module> make_modules(const std::vector<Target>& targets, const NewAdapter& about,
                                 const Device& device);

/// The two divisors of `size` into which LyCORIS splits it: `factor` when it divides, else the pair
/// closest to a square whose smaller one is at most `factor`. The smaller comes first.
std::pair<int64_t, int64_t> factorization(int64_t size, int64_t factor);

/// An adapter that is being learned. Networks built through wrap() read its parameters at each
/// call.
class LearnedAdapter {
 public:
  /// The tensors of the modules, f32 on the device of the network, become its parameters.
  explicit LearnedAdapter(std::vector<Module> modules, const Dropout& dropout = {});

  /// The pass whose elements are left out from now on; none for whoever only looks.
  void practise(std::optional<uint32_t> pass) { dropout_->pass = pass; }

  /// Named "layers.0.attention.qkv.lora_A.weight", sorted.
  const std::vector<grad::Parameter>& parameters() const { return parameters_; }
  /// Hands out the weights of `inner` as they are, and this adapter's additions to `network`.
  std::unique_ptr<nn::WeightProvider> wrap(nn::WeightProvider& inner,
                                           std::string_view network) const;
  /// The adapter as it stands, for writing; on the host it shares the parameters' memory.
  Adapter snapshot() const;

 private:
  std::vector<Module> modules_;
  std::vector<grad::Parameter> parameters_;
  std::shared_ptr<Dropout> dropout_;
};

}  // namespace newbie::adapters
