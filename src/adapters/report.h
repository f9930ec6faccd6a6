#pragma once
/// What an adapter holds, for people and for programs.

#include <string>

#include "adapters/adapter.h"

namespace newbie::adapters {

/// "LoRA of 37 modules of next_dit, rank 4, alpha 2".
std::string summary(const Adapter& adapter);

/// Dialect, kind, ranks, alpha, where it was found, and one row per kind of module with its norm.
std::string to_text(const Adapter& adapter);
/// The same with every module.
std::string to_json(const Adapter& adapter);

}  // namespace newbie::adapters
