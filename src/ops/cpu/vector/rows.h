#pragma once
/// Loops of the norm and rope families: a row is read twice, the second time from the cache.

#include "ops/cpu/vector/simd.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

/// Sum over a row of term(vector, size), in four interleaved sums that are joined in pairs: the
/// order depends on the length alone. `term` is 0 for lanes behind the end.
template <class Type, class Term>
inline float row_sum(const Type* x, int64_t n, const Term& term) {
  Floats sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int part = 0; part < 4; ++part) {
      sums[part] += term(load(x + i + part * kLanes, Whole{}), Whole{});
    }
  }
  for_vectors(n - i, [&](int64_t rest, auto size) {
    sums[rest / kLanes] += term(load(x + i + rest, size), size);
  });
  return lane_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// 1 / sqrt(sum / n + eps)
inline float inverse_root(float sum, int64_t n, float eps) {
  const double mean = static_cast<double>(sum) / static_cast<double>(n);
  return static_cast<float>(1.0 / __builtin_sqrt(mean + static_cast<double>(eps)));
}

template <class Type>
inline float inverse_rms(const Type* x, int64_t n, float eps) {
  return inverse_root(row_sum(x, n, [](Floats v, auto) { return v * v; }), n, eps);
}

/// x_hat * weight with the rounding in between that `round_x_hat` asks for.
template <class Type>
inline Floats weighted(Floats x_hat, Floats weight, bool round_x_hat) {
  return (round_x_hat ? rounded<Type>(x_hat) : x_hat) * weight;
}

/// finish(weighted row, index, size) says what is stored.
template <class Type, class Finish>
inline void rms_rows_of(const RmsRows& job, const Finish& finish) {
  for (int64_t row = 0; row < job.rows; ++row) {
    const int64_t first = row * job.width;
    const Type* x = static_cast<const Type*>(job.x) + first;
    Type* y = static_cast<Type*>(job.y) + first;
    const float scale = inverse_rms(x, job.width, job.eps);
    for_vectors(job.width, [&](int64_t i, auto size) {
      const Floats x_hat = load(x + i, size) * scale;
      const Floats normed = weighted<Type>(x_hat, load(job.weight + i, size), job.round_x_hat);
      store(y + i, finish(normed, first, i, size), size);
    });
  }
}

inline void rms_rows(const RmsRows& job) {
  with_element(job.element, [&](auto type) {
    using Type = decltype(type);
    const auto* base = static_cast<const Type*>(job.base);
    if (job.factor) {
      rms_rows_of<Type>(job, [&](Floats normed, int64_t, int64_t i, auto size) {
        return rounded<Type>(normed) * load(job.factor + i, size);
      });
    } else if (job.gate) {
      rms_rows_of<Type>(job, [&](Floats normed, int64_t first, int64_t i, auto size) {
        const Floats gate = load(job.gate + i, size);
        return fma(gate, rounded<Type>(normed), load(base + first + i, size));
      });
    } else if (base) {
      rms_rows_of<Type>(job, [&](Floats normed, int64_t first, int64_t i, auto size) {
        return rounded<Type>(normed) + load(base + first + i, size);
      });
    } else {
      rms_rows_of<Type>(job, [](Floats normed, int64_t, int64_t, auto) { return normed; });
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
    const float sum = row_sum(x, job.width, [](Floats v, auto) { return v; });
    const float mean = sum / static_cast<float>(job.width);
    const float squares =
        row_sum(x, job.width, [&](Floats v, auto size) { return squared_distance(v, mean, size); });
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

/// Lanes 2k and 2k+1 exchanged.
inline Floats swap_pairs(Floats x) {
  Ints order;
  for (int i = 0; i < kLanes; ++i) order[i] = i ^ 1;
  return __builtin_shuffle(x, order);
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
inline void rotate_interleaved(const RopeRow& job, const PairAngles& angles, Type* y,
                               const Input& input) {
  for_vectors(job.width, [&](int64_t i, auto size) {
    const Floats v = input(i, size);
    const Floats turned = swap_pairs(v) * load(angles.sin + i, size);
    store(y + i, fma(v, load(angles.cos + i, size), turned), size);
  });
}

template <class Type, class Input>
inline void rotate_halves(const RopeRow& job, Type* y, const Input& input) {
  const int64_t half = job.width / 2;
  for_vectors(half, [&](int64_t i, auto size) {
    const Floats cos = load(job.cos + i, size), sin = load(job.sin + i, size);
    const Floats a = input(i, size), b = input(half + i, size);
    store(y + i, fma(a, cos, -(b * sin)), size);
    store(y + half + i, fma(b, cos, a * sin), size);
  });
}

/// rotate(y of the head, input) for every head, normed first when there is a weight.
template <class Type, class Rotate>
inline void rope_heads(const RopeRow& job, const Rotate& rotate) {
  for (int64_t head = 0; head < job.heads; ++head) {
    const Type* x = static_cast<const Type*>(job.x) + head * job.width;
    Type* y = static_cast<Type*>(job.y) + head * job.width;
    if (job.weight) {
      const float scale = inverse_rms(x, job.width, job.eps);
      rotate(y, [&](int64_t i, auto size) {
        const Floats x_hat = load(x + i, size) * scale;
        return rounded<Type>(weighted<Type>(x_hat, load(job.weight + i, size), job.round_x_hat));
      });
    } else {
      rotate(y, [&](int64_t i, auto size) { return load(x + i, size); });
    }
  }
}

inline void rope_row(const RopeRow& job) {
  with_element(job.element, [&](auto type) {
    using Type = decltype(type);
    if (job.interleaved) {
      const PairAngles angles(job);
      rope_heads<Type>(
          job, [&](Type* y, const auto& input) { rotate_interleaved(job, angles, y, input); });
    } else {
      rope_heads<Type>(job, [&](Type* y, const auto& input) { rotate_halves(job, y, input); });
    }
  });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
