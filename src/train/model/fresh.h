#pragma once
/// Values that training from nothing starts with.

#include <cstdint>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace newbie::train {

/// f32 on the host, a function of (seed, network, path) alone. Transformer: as upstream's
/// constructors, but that time and pooled text are heard (ADR 0280). Text towers: matrices keep the
/// length of their input, tables give rows of length one after the network's own scaling. VAE: as
/// PyTorch starts convolutions. Norms are one (Gemma's, which add one, zero), biases zero.
Tensor starting_value(std::string_view network, const std::string& path, const Shape& shape,
                      uint64_t seed);

}  // namespace newbie::train
