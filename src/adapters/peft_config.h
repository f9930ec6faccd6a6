#pragma once
/// adapter_config.json, as PEFT and upstream's trainer write it.

#include <string>

#include "adapters/adapter.h"

namespace newbie::adapters {

/// Rank and alpha that most modules share, and patterns for the others.
std::string peft_config(const Adapter& adapter);

}  // namespace newbie::adapters
