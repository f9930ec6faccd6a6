#pragma once
/// Loops of the norm and rope families: a row is read twice, the second time from the cache.

#include "ops/cpu/vector/simd.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

/// Sum over a row by add(sum, vector, size), in four interleaved sums that are joined in pairs: the
/// order depends on the length alone. `add` must ignore the lanes behind the end.
template <class Type, class Add>
inline float row_sum(const Type* x, int64_t n, const Add& add) {
  Floats a{}, b{}, c{}, d{};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    a = add(a, load(x + i, Whole{}), Whole{});
    b = add(b, load(x + i + kLanes, Whole{}), Whole{});
    c = add(c, load(x + i + 2 * kLanes, Whole{}), Whole{});
    d = add(d, load(x + i + 3 * kLanes, Whole{}), Whole{});
  }
  for_vectors(n - i, [&](int64_t rest, auto size) { a = add(a, load(x + i + rest, size), size); });
  return lane_sum((a + b) + (c + d));
}

/// 1 / sqrt(sum / n + eps)
inline float inverse_root(float sum, int64_t n, float eps) {
  const double mean = static_cast<double>(sum) / static_cast<double>(n);
  return static_cast<float>(1.0 / __builtin_sqrt(mean + static_cast<double>(eps)));
}

template <class Type>
inline float inverse_rms(const Type* x, int64_t n, float eps) {
  const float squares = row_sum(x, n, [](Floats sum, Floats v, auto) { return fma(v, v, sum); });
  return inverse_root(squares, n, eps);
}

/// x_hat * weight, with or without rounding in between.
template <class Type, bool kRoundXHat>
inline Floats weighted(Floats x_hat, Floats weight) {
  return (kRoundXHat ? rounded<Type>(x_hat) : x_hat) * weight;
}

/// finish(weighted row, index of the row's start, index, size) says what is stored.
template <class Type, bool kRoundXHat, class Finish>
inline void rms_rows_of(const RmsRows& job, const Finish& finish) {
  const int64_t width = job.width;
  const float* weight = job.weight;
  for (int64_t row = 0; row < job.rows; ++row) {
    const int64_t first = row * width;
    const Type* x = static_cast<const Type*>(job.x) + first;
    Type* y = static_cast<Type*>(job.y) + first;
    const float scale = inverse_rms(x, width, job.eps);
    for_vectors(width, [&](int64_t i, auto size) {
      const Floats x_hat = load(x + i, size) * scale;
      const Floats normed = weighted<Type, kRoundXHat>(x_hat, load(weight + i, size));
      store(y + i, finish(normed, first, i, size), size);
    });
  }
}

template <class Type, bool kRoundXHat>
inline void rms_rows_with(const RmsRows& job) {
  const auto* base = static_cast<const Type*>(job.base);
  if (const float* factor = job.factor) {
    rms_rows_of<Type, kRoundXHat>(job, [=](Floats normed, int64_t, int64_t i, auto size) {
      return rounded<Type>(normed) * load(factor + i, size);
    });
  } else if (const float* gate = job.gate) {
    rms_rows_of<Type, kRoundXHat>(job, [=](Floats normed, int64_t first, int64_t i, auto size) {
      return fma(load(gate + i, size), rounded<Type>(normed), load(base + first + i, size));
    });
  } else if (base) {
    rms_rows_of<Type, kRoundXHat>(job, [=](Floats normed, int64_t first, int64_t i, auto size) {
      return rounded<Type>(normed) + load(base + first + i, size);
    });
  } else {
    rms_rows_of<Type, kRoundXHat>(job,
                                  [](Floats normed, int64_t, int64_t, auto) { return normed; });
  }
}

inline void rms_rows(const RmsRows& job) {
  with_element(job.element, [&](auto type) {
    if (job.round_x_hat) {
      rms_rows_with<decltype(type), true>(job);
    } else {
      rms_rows_with<decltype(type), false>(job);
    }
  });
}

/// (x - mean)^2, 0 behind the end of the row.
inline Floats squared_distance(Floats x, float mean, Whole) {
  const Floats distance = x - mean;
  return distance * distance;
}
inline Floats squared_distance(Floats x, float mean, Part part) {
  const Floats squares = squared_distance(x, mean, Whole{});
  Ints lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  return lane < static_cast<int32_t>(part.count) ? squares : Floats{};
}

template <class Type, class Finish>
inline void layer_rows_of(const LayerRows& job, const Finish& finish) {
  for (int64_t row = 0; row < job.rows; ++row) {
    const Type* x = static_cast<const Type*>(job.x) + row * job.width;
    Type* y = static_cast<Type*>(job.y) + row * job.width;
    const float sum = row_sum(x, job.width, [](Floats total, Floats v, auto) { return total + v; });
    const float mean = sum / static_cast<float>(job.width);
    const float squares = row_sum(x, job.width, [&](Floats total, Floats v, auto size) {
      return total + squared_distance(v, mean, size);
    });
    const float scale = inverse_root(squares, job.width, job.eps);
    for_vectors(job.width, [&](int64_t i, auto size) {
      store(y + i, finish((load(x + i, size) - mean) * scale, i, size), size);
    });
  }
}

inline void layer_rows(const LayerRows& job) {
  with_element(job.element, [&](auto type) {
    using Type = decltype(type);
    if (job.factor) {
      layer_rows_of<Type>(job, [&](Floats x_hat, int64_t i, auto size) {
        return rounded<Type>(x_hat) * load(job.factor + i, size);
      });
    } else {
      layer_rows_of<Type>(job, [&](Floats x_hat, int64_t i, auto size) {
        return fma(x_hat, load(job.weight + i, size), load(job.bias + i, size));
      });
    }
  });
}

/// The angles of interleaved pairs, one per lane: (c, c) and (-s, s).
struct PairAngles {
  float cos[RopeRow::kMaxWidth];
  float sin[RopeRow::kMaxWidth];

  explicit PairAngles(const RopeRow& job) {
    for (int64_t k = 0; k < job.width / 2; ++k) {
      cos[2 * k] = cos[2 * k + 1] = job.cos[k];
      sin[2 * k] = -job.sin[k];
      sin[2 * k + 1] = job.sin[k];
    }
  }
};

/// input(head, index, size) gives what is rotated.
template <class Type, class Input>
inline void rotate_interleaved(int64_t width, const PairAngles& angles, Type* y,
                               const Input& input) {
  for_vectors(width, [&](int64_t i, auto size) {
    const Floats v = input(i, size);
    const Floats turned = swap_pairs(v) * load(angles.sin + i, size);
    store(y + i, fma(v, load(angles.cos + i, size), turned), size);
  });
}

template <class Type, class Input>
inline void rotate_halves(const RopeRow& job, Type* y, const Input& input) {
  const int64_t half = job.width / 2;
  const float *cosines = job.cos, *sines = job.sin;
  for_vectors(half, [&](int64_t i, auto size) {
    const Floats cos = load(cosines + i, size), sin = load(sines + i, size);
    const Floats a = input(i, size), b = input(half + i, size);
    store(y + i, fma(a, cos, -(b * sin)), size);
    store(y + half + i, fma(b, cos, a * sin), size);
  });
}

/// rotate(y of the head, input) for every head.
template <class Type, class Rotate>
inline void plain_heads(const RopeRow& job, const Rotate& rotate) {
  for (int64_t head = 0; head < job.heads; ++head) {
    const Type* x = static_cast<const Type*>(job.x) + head * job.width;
    rotate(static_cast<Type*>(job.y) + head * job.width,
           [=](int64_t i, auto size) { return load(x + i, size); });
  }
}

/// The same with a norm before it. Scales of several heads come first, so that their roots and
/// divisions overlap.
template <class Type, bool kRoundXHat, class Rotate>
inline void normed_heads(const RopeRow& job, const Rotate& rotate) {
  constexpr int64_t kHeads = 32;
  const float* weight = job.weight;
  for (int64_t first = 0; first < job.heads; first += kHeads) {
    const int64_t count = job.heads - first < kHeads ? job.heads - first : kHeads;
    const Type* x = static_cast<const Type*>(job.x) + first * job.width;
    Type* y = static_cast<Type*>(job.y) + first * job.width;
    float scales[kHeads];
    for (int64_t head = 0; head < count; ++head) {
      scales[head] = inverse_rms(x + head * job.width, job.width, job.eps);
    }
    for (int64_t head = 0; head < count; ++head) {
      rotate(y + head * job.width,
             [from = x + head * job.width, scale = scales[head], weight](int64_t i, auto size) {
               const Floats x_hat = load(from + i, size) * scale;
               return rounded<Type>(weighted<Type, kRoundXHat>(x_hat, load(weight + i, size)));
             });
    }
  }
}

template <class Type, class Rotate>
inline void rope_heads(const RopeRow& job, const Rotate& rotate) {
  if (!job.weight) {
    plain_heads<Type>(job, rotate);
  } else if (job.round_x_hat) {
    normed_heads<Type, true>(job, rotate);
  } else {
    normed_heads<Type, false>(job, rotate);
  }
}

inline void rope_row(const RopeRow& job) {
  with_element(job.element, [&](auto type) {
    using Type = decltype(type);
    if (job.interleaved) {
      const PairAngles angles(job);
      rope_heads<Type>(job, [&](Type* y, const auto& input) {
        rotate_interleaved(job.width, angles, y, input);
      });
    } else {
      rope_heads<Type>(job, [&](Type* y, const auto& input) { rotate_halves(job, y, input); });
    }
  });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
