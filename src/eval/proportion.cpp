#include "eval/proportion.h"

#include <algorithm>
#include <cmath>

namespace newbie::eval {

double Proportion::value() const {
  return trials > 0 ? static_cast<double>(hits) / static_cast<double>(trials) : 0;
}

Interval Proportion::wilson(double z) const {
  if (trials == 0) return {};
  const auto n = static_cast<double>(trials);
  const double p = value(), z2 = z * z;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace newbie::eval
