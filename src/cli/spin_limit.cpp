#include "cli/spin_limit.h"

#include <unistd.h>

#include <cstdlib>

namespace newbie::cli {
namespace {

/// Turns of the loop, about ten microseconds: longer than the gaps between operations, shorter than
/// what the scheduler gives to somebody else.
constexpr const char* kTurns = "3000";

}  // namespace

void limit_spinning(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  if (::setenv("GOMP_SPINCOUNT", kTurns, 0) == 0) ::execv("/proc/self/exe", argv);
}

}  // namespace newbie::cli
