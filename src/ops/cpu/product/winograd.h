#pragma once
/// The transforms of Winograd's F(4x4, 3x3): 36 products of transformed values instead of 144 give
/// 4 x 4 outputs. Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
/// 2015.

#include "ops/cpu/product/pack.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

/// y = B^T x for six values `step` apart.
inline void input_line(const Floats* x, int step, Floats* y) {
  const Floats a = fma(x[2 * step], splat(-4.0f), x[4 * step]);
  const Floats b = fma(x[step], splat(-4.0f), x[3 * step]);
  const Floats c = x[4 * step] - x[2 * step];
  const Floats d = 2.0f * (x[3 * step] - x[step]);
  y[0] = fma(x[0], splat(4.0f), fma(x[2 * step], splat(-5.0f), x[4 * step]));
  y[step] = a + b;
  y[2 * step] = a - b;
  y[3 * step] = c + d;
  y[4 * step] = c - d;
  y[5 * step] = fma(x[step], splat(4.0f), fma(x[3 * step], splat(-5.0f), x[5 * step]));
}

/// y = G x for three values: six.
inline void weight_line(const Floats* x, int step, Floats* y, int out_step) {
  const Floats outer = (x[0] + x[2 * step]) * (-1.0f / 6);
  const Floats inner = x[step] * (1.0f / 6);
  const Floats far = fma(x[0], splat(1.0f / 24), x[2 * step] * (1.0f / 6));
  const Floats middle = x[step] * (1.0f / 12);
  y[0] = x[0] * 0.25f;
  y[out_step] = outer - inner;
  y[2 * out_step] = outer + inner;
  y[3 * out_step] = far + middle;
  y[4 * out_step] = far - middle;
  y[5 * out_step] = x[2 * step];
}

/// y = A^T x for six values: four.
inline void output_line(const Floats* x, int step, Floats* y, int out_step) {
  const Floats a = x[step] + x[2 * step], b = x[step] - x[2 * step];
  const Floats c = x[3 * step] + x[4 * step], d = x[3 * step] - x[4 * step];
  y[0] = x[0] + a + c;
  y[out_step] = fma(d, splat(2.0f), b);
  y[2 * out_step] = fma(c, splat(4.0f), a);
  y[3 * out_step] = fma(d, splat(8.0f), b) + x[5 * step];
}

inline void winograd_input(const WinogradTile& tile) {
  for_vectors(tile.channels, [&](int64_t c, auto size) {
    Floats x[36], rows[36];
    for (int i = 0; i < 36; ++i) x[i] = load(tile.in[i] + c, size);
    for (int column = 0; column < 6; ++column) input_line(x + column, 6, rows + column);
    for (int row = 0; row < 6; ++row) input_line(rows + 6 * row, 1, x + 6 * row);
    for (int i = 0; i < 36; ++i) store(tile.transformed + i * tile.step + c, x[i], size);
  });
}

inline void winograd_output(const WinogradTile& tile) {
  for_vectors(tile.channels, [&](int64_t c, auto size) {
    Floats m[36], rows[24], y[16];
    for (int i = 0; i < 36; ++i) m[i] = load(tile.transformed + i * tile.step + c, size);
    for (int column = 0; column < 6; ++column) output_line(m + column, 6, rows + column, 6);
    for (int row = 0; row < 4; ++row) output_line(rows + 6 * row, 1, y + 4 * row, 1);
    const Floats bias = tile.bias ? load(tile.bias + c, size) : Floats{};
    for (int i = 0; i < 16; ++i) {
      if (!tile.out[i]) continue;
      Floats sum = y[i] + bias;
      if (tile.residual[i]) sum += load(tile.residual[i] + c, size);
      store(tile.out[i] + c, sum, size);
    }
  });
}

/// One panel of output channels: weights [outputs][inputs][3][3] to 36 panels [inputs][kPanel].
inline void winograd_weights(const WinogradWeights& job) {
  float lane[9][kPanel] = {};
  for (int64_t input = 0; input < job.inputs; ++input) {
    for (int64_t output = 0; output < job.outputs; ++output) {
      const float* weight = job.weights + (output * job.inputs + input) * 9;
      for (int i = 0; i < 9; ++i) lane[i][output] = weight[i];
    }
    for (int64_t half = 0; half < kPanel; half += kLanes) {
      Floats g[9], rows[18], u[36];
      for (int i = 0; i < 9; ++i) g[i] = load(lane[i] + half, Whole{});
      for (int column = 0; column < 3; ++column) weight_line(g + column, 3, rows + column, 3);
      for (int row = 0; row < 6; ++row) weight_line(rows + 3 * row, 1, u + 6 * row, 1);
      for (int i = 0; i < 36; ++i) {
        store(job.panels + i * job.step + input * kPanel + half, u[i], Whole{});
      }
    }
  }
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
