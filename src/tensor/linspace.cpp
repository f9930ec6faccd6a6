#include "tensor/linspace.h"

#include <cmath>

namespace newbie {

std::vector<float> torch_linspace(float start, float end, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count), start);
  if (count < 2) return values;
  const float step = (end - start) / static_cast<float>(count - 1);
  for (int64_t i = 0; i < count; ++i) {
    values[static_cast<size_t>(i)] = i < count / 2
                                         ? std::fma(step, static_cast<float>(i), start)
                                         : std::fma(-step, static_cast<float>(count - 1 - i), end);
  }
  return values;
}

}  // namespace newbie
