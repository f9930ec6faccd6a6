#pragma once
/// Randomness that is the same on every machine: integer arithmetic and exact divisions only.

#include <cstdint>
#include <span>

namespace newbie::world {

/// A small generator (splitmix64). Streams made of different seeds or names are independent, so one
/// part of a picture never disturbs another by asking for one number more.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// A stream of its own for a part of the work, whatever has been drawn from this one.
  static Random stream(uint64_t seed, uint64_t name) {
    return Random(mixed(mixed(seed ^ 0x9E3779B97F4A7C15u) + 0xD1B54A32D192ED03u * (name + 1)));
  }

  uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15u); }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  /// Around zero, within [-range, range], small values likelier (the mean of two).
  double around(double range) { return range * (uniform() + uniform() - 1); }
  bool chance(double probability) { return uniform() < probability; }
  /// In [0, count).
  int below(int count) { return static_cast<int>(uniform() * count); }
  /// -1 or 1.
  double sign() { return chance(0.5) ? 1 : -1; }

  template <class T, size_t N>
  const T& pick(const T (&values)[N]) {
    return values[below(static_cast<int>(N))];
  }

  /// An index, as likely as its weight.
  int weighted(std::span<const double> weights) {
    double sum = 0;
    for (double weight : weights) sum += weight;
    double left = uniform() * sum;
    for (size_t i = 0; i + 1 < weights.size(); ++i) {
      if ((left -= weights[i]) < 0) return static_cast<int>(i);
    }
    return static_cast<int>(weights.size()) - 1;
  }

  template <class Container>
  void shuffle(Container& items) {
    for (int i = static_cast<int>(items.size()) - 1; i > 0; --i) {
      std::swap(items[static_cast<size_t>(i)], items[static_cast<size_t>(below(i + 1))]);
    }
  }

 private:
  static uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }
  uint64_t state_;
};

}  // namespace newbie::world
