#pragma once
/// Attention of a tile of queries, block of keys by block of keys: scores, weights, weighted sum.
/// The softmax runs along: when a block raises a row's highest score, what was summed so far is
/// scaled down. Scores are one block wide, so they stay in the second cache. Blocks start at
/// multiples of kBlock of the sequence, so a row's bytes depend on its sequence alone.

#include "ops/cpu/product/multiply.h"
#include "ops/cpu/product/pack.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

inline constexpr int64_t kBlock = 512;
inline constexpr int64_t kTileRows = 112 / kRows * kRows;
// Rows of scores a line apart from a power of two, or they would compete for the same cache sets.
inline constexpr int64_t kScoreStride = kBlock + 16;
inline constexpr int64_t kWeightStride = kScoreStride / Units::kPerUnit;

/// Distance of rows of `count` floats or units: an odd number of cache lines, for the same reason.
inline int64_t spread(int64_t count) { return (round_up(count, 16) / 16 | 1) * 16; }

/// 2^x for x <= 0; stays at 2^-126 below, where a weight no longer counts.
inline Floats exp2(Floats x) {
  x = x < -126.0f ? splat(-126.0f) : x;
  // Adding 1.5 * 2^23 + 127 leaves n + 127 in the low bits, n = x rounded; shifted, they are 2^n.
  const Floats shifted = x + 12583039.0f;
  const Floats r = x - (shifted - 12583039.0f);
  Floats sum;
  if constexpr (Units::kPairs) {
    // The weight is rounded to bf16: 7e-6 is as good as exact.
    sum = splat(0.009656710289f);
    sum = fma(sum, r, splat(0.05583828295f));
    sum = fma(sum, r, splat(0.240225301f));
    sum = fma(sum, r, splat(0.6931367339f));
  } else {
    sum = splat(0.0001545316295f);
    sum = fma(sum, r, splat(0.001339086336f));
    sum = fma(sum, r, splat(0.009618082557f));
    sum = fma(sum, r, splat(0.05550357114f));
    sum = fma(sum, r, splat(0.2402265076f));
    sum = fma(sum, r, splat(0.693147188f));
  }
  sum = fma(sum, r, splat(1.0f));
  return sum * floats_of(bits_of(shifted) << 23);
}

inline float lane_max(Floats x) {
  float lane[kLanes];
  __builtin_memcpy(lane, &x, sizeof lane);
  float most = lane[0];
  for (int i = 1; i < kLanes; ++i) most = lane[i] > most ? lane[i] : most;
  return most;
}

inline constexpr float kHidden = -__builtin_inff();
inline constexpr float kLog2E = 1.44269504f;

/// The scratch memory of a tile.
struct TileScratch {
  Unit* queries;   // [kTileRows][spread(units of width)]
  float* scores;   // [kTileRows][kScoreStride]
  Unit* weights;   // [kTileRows][kWeightStride]; the scores themselves for f32
  float* sums;     // [kTileRows][spread(width)]
  float* highest;  // [kTileRows]
  float* totals;   // [kTileRows]

  /// Bytes when `base` is null.
  int64_t lay_out(char* base, int64_t width) {
    int64_t bytes = 0;
    const auto part = [&](int64_t count) {
      char* at = base + bytes;
      bytes += round_up(count * 4, 64);
      return at;
    };
    queries = reinterpret_cast<Unit*>(part(kTileRows * spread(units_of(width))));
    scores = reinterpret_cast<float*>(part(kTileRows * kScoreStride));
    weights = Units::kPairs ? reinterpret_cast<Unit*>(part(kTileRows * kWeightStride))
                            : reinterpret_cast<Unit*>(scores);
    sums = reinterpret_cast<float*>(part(kTileRows * spread(width)));
    highest = reinterpret_cast<float*>(part(kTileRows));
    totals = reinterpret_cast<float*>(part(kTileRows));
    return bytes;
  }
};

inline int64_t attention_scratch(int64_t width) {
  TileScratch scratch;
  alignas(64) char nowhere;
  return scratch.lay_out(&nowhere, width);
}

/// Keys of one block, relative to its start.
struct KeyRange {
  int64_t begin, end;
};

/// What query `row` of the tile sees of the block that starts at key `start`.
inline KeyRange visible(const AttentionTile& tile, int64_t row, int64_t start, int64_t columns) {
  const int64_t query = tile.first + row;
  int64_t begin = tile.window > 0 ? query - tile.window + 1 - start : 0;
  int64_t end = (tile.causal && query + 1 < tile.keys ? query + 1 : tile.keys) - start;
  begin = begin < 0 ? 0 : begin > columns ? columns : begin;
  end = end > columns ? columns : end;
  return {begin, end > begin ? end : begin};
}

/// Scales the scores and adds the bias, where the row has one. Returns whether it did.
inline bool add_bias(const AttentionTile& tile, int64_t row, int64_t start, int64_t columns,
                     float* scores) {
  const int64_t query = tile.first + row;
  if (!tile.bias || query >= tile.bias_rows || start >= tile.bias_columns) return false;
  const float* bias = tile.bias + query * tile.bias_columns + start;
  const int64_t covered = tile.bias_columns - start;
  for (int64_t j = 0; j < columns; ++j) {
    scores[j] = scores[j] * tile.scale + (j < covered ? bias[j] : 0.0f);
  }
  return true;
}

/// Turns a row of scores into weights 2^(score - highest) and brings the row's sums to the new
/// highest score.
inline void soften(const AttentionTile& tile, const TileScratch& s, int64_t row, int64_t start,
                   int64_t columns) {
  float* scores = s.scores + row * kScoreStride;
  float factor = tile.scale * kLog2E;
  if (add_bias(tile, row, start, columns, scores)) factor = kLog2E;
  if (!(factor > 0)) {
    for (int64_t j = 0; j < columns; ++j) scores[j] *= factor;
    factor = 1;
  }
  const KeyRange seen = visible(tile, row, start, columns);
  for (int64_t j = 0; j < seen.begin; ++j) scores[j] = kHidden;
  for (int64_t j = seen.end; j < columns; ++j) scores[j] = kHidden;

  Floats most = splat(s.highest[row]);
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats score = load(scores + j, Whole{});
    most = score > most ? score : most;
  }
  const float highest = lane_max(most);
  Unit* weights = s.weights + row * (Units::kPairs ? kWeightStride : kScoreStride);
  if (highest == kHidden) {
    // Nothing is seen; or what is seen is not a number, and the row shall tell.
    for (int64_t j = 0; j < columns; ++j) {
      if (scores[j] != scores[j]) s.totals[row] = scores[j];
    }
    for (int64_t j = 0; j < columns / Units::kPerUnit; ++j) weights[j] = Unit{};
    return;
  }
  const Floats shift = splat(-highest * factor);
  const Floats scale = splat(factor);
  Floats total{};
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats weight = exp2(fma(load(scores + j, Whole{}), scale, shift));
    total += weight;
    Units::store_weights(weights + j / Units::kPerUnit, weight);
  }
  const float before = s.highest[row];
  if (highest != before) {
    const float less = before == kHidden ? 0.0f : exp2(splat((before - highest) * factor))[0];
    float* sums = s.sums + row * spread(tile.width);
    for (int64_t e = 0; e < tile.width; e += kLanes) {
      store(sums + e, load(sums + e, Whole{}) * less, Whole{});
    }
    s.totals[row] *= less;
    s.highest[row] = highest;
  }
  s.totals[row] += lane_sum(total);
}

/// scores = q k^T over `columns` keys from `start`, a multiple of kPanel.
inline void score_block(const AttentionTile& tile, const TileScratch& s, int64_t rows,
                        int64_t start, int64_t columns) {
  const int64_t units = units_of(tile.width), stride = spread(units);
  for (int64_t j = 0; j < columns; j += kPanel) {
    const Unit* panel = static_cast<const Unit*>(tile.key_panels) + (start + j) * units;
    for (int64_t row = 0; row < rows; row += kRows) {
      multiply_panel<2>({units, s.queries + row * stride, stride, panel, kPanel,
                         s.scores + row * kScoreStride + j, kScoreStride, false});
    }
  }
}

/// sums += weights v over `keys` keys from `start`, an even number.
inline void sum_block(const AttentionTile& tile, const TileScratch& s, int64_t rows, int64_t start,
                      int64_t keys) {
  const int64_t width = round_up(tile.width, kLanes);
  const int64_t stride = Units::kPairs ? kWeightStride : kScoreStride;
  const int64_t all_units = units_of(tile.keys);
  for (int64_t column = 0; column < width; column += kPanel) {
    const ValuePanel panel = value_panel(column, tile.width, all_units);
    const Unit* values = static_cast<const Unit*>(tile.value_panels) + panel.offset +
                         start / Units::kPerUnit * panel.columns;
    for (int64_t row = 0; row < rows; row += kRows) {
      multiply({units_of(keys), s.weights + row * stride, stride, values, panel.columns,
                s.sums + row * spread(width) + column, spread(width), true});
    }
  }
}

inline void write_rows(const AttentionTile& tile, const TileScratch& s) {
  const int64_t stride = spread(tile.width);
  with_element(tile.element, [&](auto type) {
    using Type = decltype(type);
    for (int64_t row = 0; row < tile.rows; ++row) {
      const float total = s.totals[row];
      const float inverse = total == 0 ? 0.0f : 1.0f / total;
      Type* out = static_cast<Type*>(tile.out) + row * tile.out_stride;
      for_vectors(tile.width, [&](int64_t e, auto size) {
        store(out + e, load(s.sums + row * stride + e, Whole{}) * inverse, size);
      });
    }
  });
}

inline void read_queries(const AttentionTile& tile, const TileScratch& s, int64_t rows) {
  const int64_t stride = spread(units_of(tile.width));
  with_unit_element(tile.element, [&](auto type) {
    const auto* q = static_cast<const decltype(type)*>(tile.q);
    for (int64_t row = 0; row < tile.rows; ++row) {
      row_to_units(q + row * tile.q_stride, tile.width, s.queries + row * stride, 1);
    }
  });
  for (int64_t i = tile.rows * stride; i < rows * stride; ++i) s.queries[i] = Unit{};
}

inline void attend(const AttentionTile& tile) {
  TileScratch s;
  s.lay_out(static_cast<char*>(tile.scratch), tile.width);
  const int64_t rows = round_up(tile.rows, kRows);
  read_queries(tile, s, rows);
  for (int64_t i = 0; i < rows * spread(tile.width); ++i) s.sums[i] = 0;
  for (int64_t row = 0; row < rows; ++row) {
    s.highest[row] = kHidden;
    s.totals[row] = 0;
  }
  const int64_t last = tile.first + tile.rows;
  const int64_t end = tile.causal && last < tile.keys ? last : tile.keys;
  int64_t begin = tile.window > 0 ? tile.first - tile.window + 1 : 0;
  begin = begin < 0 ? 0 : begin / kPanel * kPanel;
  while (begin < end) {
    // A block ends at a multiple of kBlock, or with the keys that anyone here sees.
    const int64_t limit = (begin / kBlock + 1) * kBlock;
    const int64_t keys = (limit < end ? limit : end) - begin;
    const int64_t columns = round_up(keys, kPanel);
    score_block(tile, s, rows, begin, columns);
    for (int64_t row = 0; row < rows; ++row) soften(tile, s, row, begin, columns);
    sum_block(tile, s, rows, begin, keys);
    begin += keys;
  }
  write_rows(tile, s);
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
