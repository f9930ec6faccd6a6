#include "tensor/memory_budget.h"

#include <algorithm>

namespace newbie {

MemoryBudget budget_of(const HardwareMemory& memory, uint64_t limit, uint64_t held) {
  const uint64_t most = limit > 0 ? std::min(limit, memory.total) : memory.total;
  const uint64_t installed = most > kDriverShare ? most - kDriverShare : 0;
  return {installed, std::min(installed, memory.free + held)};
}

}  // namespace newbie
