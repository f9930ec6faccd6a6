#pragma once
/// Random parameter values by name: scaled so that activations stay of order one.

#include <cstdint>
#include <span>

#include "io/names.h"
#include "tensor/dtype.h"

namespace newbie::model_tools {

/// Values are `mean` plus uniform noise of standard deviation `deviation`.
struct ValueRule {
  float mean = 0;
  float deviation = 0;
};

/// `network` as in PartDescription. Norms lie around one (around zero where the network adds the
/// one), biases and modulation are small, matrices keep the size of their input.
ValueRule value_rule(std::string_view network, const io::TensorSpec& spec);

/// Elements [begin, begin + out / size) of the tensor. A pure function of (seed, name, index): the
/// same for any threads, pieces and layout. Threads share the work.
void fill_values(uint64_t seed, const io::TensorSpec& spec, const ValueRule& rule, DType dtype,
                 uint64_t begin, std::span<std::byte> out, int threads);

}  // namespace newbie::model_tools
