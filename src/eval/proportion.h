#pragma once
/// Shares of trials with their uncertainty.

#include <cstdint>

namespace newbie::eval {

/// From `low` to `high`, shares of 1.
struct Interval {
  double low = 0, high = 1;
};

/// So many hits of so many trials.
struct Proportion {
  int64_t hits = 0;
  int64_t trials = 0;

  void add(bool hit) {
    hits += hit;
    ++trials;
  }
  void add(const Proportion& other) {
    hits += other.hits;
    trials += other.trials;
  }
  /// hits / trials; 0 when nothing was tried.
  double value() const;
  /// Wilson's score interval, which stays sound near 0 and 1; `z` = 1.96 holds the truth in 95 of
  /// 100 cases. [0, 1] when nothing was tried.
  /// Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209.
  Interval wilson(double z = 1.959964) const;
  bool operator==(const Proportion&) const = default;
};

}  // namespace newbie::eval
