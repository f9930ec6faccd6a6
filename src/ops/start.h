#pragma once
/// What the ops of one device share for as long as it lives.

#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops {

/// Scratch memory that the libraries of an NVIDIA device share: calls follow one another.
inline constexpr size_t kLibraryScratch = size_t{32} << 20;
inline constexpr MemoryTag kLibraryScratchTag{Component::other, MemoryUse::workspace};

/// Starts the device's libraries, which takes a moment, and takes their scratch memory. Returns
/// that of a device that plans, for as long as the plan lasts; undefined elsewhere.
Tensor start(const Device& device);

/// Names and versions of the libraries that ops call, as found at run time.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace newbie::ops
