#pragma once
/// The ops' self-test and their libraries' versions, for faces that do not reach below the engine.

#include "engine/device_choice.h"
#include "ops/self_test.h"
#include "ops/start.h"

namespace newbie::engine {

using ops::library_versions;
using ops::self_test;

}  // namespace newbie::engine
