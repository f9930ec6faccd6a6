#pragma once
/// The pointwise functions that networks put between their products.

#include <cstdint>

namespace newbie::ops {

enum class Activation : uint8_t { none, silu, gelu_tanh, gelu_erf };

}  // namespace newbie::ops
