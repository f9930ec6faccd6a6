#pragma once
/// Time and memory of a run, for people.

#include "newbie/engine.h"

namespace newbie::cli {

/// Two dim lines on standard error.
void print_report(const RunReport& report);

}  // namespace newbie::cli
