/// Are products right, and how near to the chip's rate are those of the DiT?
#include <fmt/format.h>

#include <cmath>

#include "harness.h"
#include "ops/cuda/f8_kernels.h"
#include "ops/cuda/product.h"
#include "ops/cuda/product_kernels.h"

namespace newbie::bench {
namespace {

using namespace ops::cuda;

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

struct Case {
  int64_t rows, columns, depth, batch;
  bool turned, bias, gelu;
};

std::vector<double> expected(const Case& c, const std::vector<double>& x,
                             const std::vector<double>& w, const std::vector<double>& bias) {
  std::vector<double> y(static_cast<size_t>(c.batch * c.rows * c.columns));
  for (int64_t b = 0; b < c.batch; ++b) {
    for (int64_t r = 0; r < c.rows; ++r) {
      for (int64_t o = 0; o < c.columns; ++o) {
        double sum = 0;
        for (int64_t k = 0; k < c.depth; ++k) {
          const int64_t at = c.turned ? k * c.columns + o : o * c.depth + k;
          sum += x[static_cast<size_t>((b * c.rows + r) * c.depth + k)] *
                 w[static_cast<size_t>(b * c.columns * c.depth + at)];
        }
        if (c.bias) sum += bias[static_cast<size_t>(o)];
        y[static_cast<size_t>((b * c.rows + r) * c.columns + o)] = c.gelu ? gelu(sum) : sum;
      }
    }
  }
  return y;
}

void check_case(Libraries& libraries, Report& report, const Case& c, DType in, DType out) {
  const Buffer x = Buffer::random(c.batch * c.rows * c.depth, in, 1);
  const Buffer w = Buffer::random(c.batch * c.columns * c.depth, in, 2, 0.3f);
  const Buffer bias = Buffer::random(c.columns, out, 3);
  ProductShape shape = ProductShape::dense(c.rows, c.columns, c.depth, in, out);
  shape.batch = c.batch;
  shape.x_step = c.rows * c.depth;
  shape.w_step = c.columns * c.depth;
  shape.y_step = c.rows * c.columns;
  shape.w_turned = c.turned;
  if (c.turned) shape.w_stride = c.columns;
  shape.bias = c.bias;
  shape.gelu = c.gelu;
  const std::vector<double> truth = expected(c, x.numbers(), w.numbers(), bias.numbers());
  const auto run = [&](std::string_view name, auto body) {
    const Buffer y(c.batch * c.rows * c.columns, out);
    body(ProductOperands{x.data(), w.data(), c.bias ? bias.data() : nullptr, y.data()});
    const bool rough_gelu = c.gelu && out == DType::f32;
    report.check(fmt::format("{} {}x{}x{} batch {}{}{}{} {}->{}", name, c.rows, c.columns, c.depth,
                             c.batch, c.turned ? " turned" : "", c.bias ? " bias" : "",
                             c.gelu ? " gelu" : "", name_of(in), name_of(out)),
                 relative_l2(y.numbers(), truth), rough_gelu ? 1e-3 : floor_of(out));
  };
  run("product", [&](const ProductOperands& o) { product(libraries, shape, o); });
  run("plain", [&](const ProductOperands& o) { plain_product(libraries.stream(), shape, o); });
}

void time_layer(Libraries& libraries, Report& report, std::string_view name, int64_t columns,
                int64_t depth, bool bias = false, bool gelu = false) {
  constexpr int64_t kRows = 8704;
  std::vector<Buffer> x, w;
  for (uint64_t i = 0; i < 3; ++i) {
    x.push_back(Buffer::random(kRows * depth, DType::bf16, 10 + i));
    w.push_back(Buffer::random(columns * depth, DType::bf16, 20 + i, 0.02f));
  }
  const Buffer y(kRows * columns, DType::bf16), b = Buffer::random(columns, DType::bf16, 3);
  ProductShape shape = ProductShape::dense(kRows, columns, depth, DType::bf16, DType::bf16);
  shape.bias = bias;
  shape.gelu = gelu;
  const double ms = milliseconds(libraries, [&](int i) {
    const auto set = static_cast<size_t>(i) % 3;
    product(libraries, shape, {x[set].data(), w[set].data(), bias ? b.data() : nullptr, y.data()});
  });
  const double work = 2e-12 * static_cast<double>(kRows * columns) * static_cast<double>(depth);
  report.time(fmt::format("{} {}x{}x{} bf16", name, kRows, columns, depth), ms, work);
}

/// The same in f8_e4m3: the product alone, and the product after quantising its input.
void time_fp8(Libraries& libraries, Report& report, std::string_view name, int64_t columns,
              int64_t depth) {
  constexpr int64_t kRows = 8704;
  const Buffer x = Buffer::random(kRows * depth, DType::bf16, 10);
  const Buffer w = Buffer::random(columns * depth, DType::bf16, 20, 0.02f);
  const Buffer y(kRows * columns, DType::bf16), exact(kRows * columns, DType::bf16);
  // Two elements of f8 fit where one of bf16 does.
  const Buffer x8(kRows * depth / 2, DType::bf16), w8(columns * depth / 2, DType::bf16);
  const Buffer x_scales(kRows, DType::f32), w_scales(columns, DType::f32);
  const auto quantize = [&](const Buffer& to, const Buffer& scales, const Buffer& from,
                            int64_t rows) {
    quantize_rows(libraries.stream(), to.data(), static_cast<float*>(scales.data()), from.data(),
                  DType::bf16, rows, depth);
  };
  quantize(w8, w_scales, w, columns);
  quantize(x8, x_scales, x, kRows);
  const ProductShape shape =
      ProductShape::dense(kRows, columns, depth, DType::f8_e4m3, DType::bf16);
  const ProductOperands operands{x8.data(), w8.data(),         nullptr,          y.data(),
                                 1.0f,      x_scales.floats(), w_scales.floats()};
  const double work = 2e-12 * static_cast<double>(kRows * columns) * static_cast<double>(depth);
  const std::string what = fmt::format("{} {}x{}x{} f8_e4m3", name, kRows, columns, depth);
  report.time(what, milliseconds(libraries, [&](int) { product(libraries, shape, operands); }),
              work);
  report.time(what + " + quantising",
              milliseconds(libraries,
                           [&](int) {
                             quantize(x8, x_scales, x, kRows);
                             product(libraries, shape, operands);
                           }),
              work);
  product(libraries, ProductShape::dense(kRows, columns, depth, DType::bf16, DType::bf16),
          {x.data(), w.data(), nullptr, exact.data()});
  // Two factors of three bits each, rounded independently: sqrt(2) 2^-4 / sqrt(3) and less.
  report.check(what + " against bf16", relative_l2(y.numbers(), exact.numbers()), 5e-2);
}

/// SwiGLU: two products into halves of one row, then the gate; or one product of both.
void time_gate(Libraries& libraries, Report& report) {
  constexpr int64_t kRows = 8704, kWidth = 9216;
  const Buffer halves = Buffer::random(kRows * kWidth * 2, DType::bf16, 1);
  const Buffer y(kRows * kWidth, DType::bf16);
  const double ms = milliseconds(libraries, [&](int) {
    gate(libraries.stream(), y.data(), DType::bf16, halves.data(),
         static_cast<const std::byte*>(halves.data()) + kWidth * 2, kRows, kWidth, 2 * kWidth,
         ops::Activation::silu);
  });
  const double moved = 3.0 * 2 * kRows * kWidth;
  report.time("gate 8704x9216 bf16", ms, 0, fmt::format("{:.0f} GB/s", moved / ms * 1e-6));
}

}  // namespace

void check_products(Libraries& libraries, Report& report) {
  const Case cases[] = {
      {1, 1, 1, 1, false, true, false},        {3, 7, 1, 1, false, false, false},
      {1, 300, 96, 1, false, true, false},     {2, 5, 17, 1, false, true, true},
      {130, 257, 33, 1, false, true, true},    {128, 256, 64, 1, false, true, true},
      {129, 513, 100, 3, false, false, false}, {65, 24, 77, 2, true, false, false},
      {300, 96, 272, 4, true, false, false},
  };
  for (const Case& c : cases) {
    for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
      check_case(libraries, report, c, type, type);
    }
    check_case(libraries, report, c, DType::bf16, DType::f32);
  }
  // A shape large enough to be timed and chosen.
  const int64_t rows = 1000, columns = 2304, depth = 2304;
  const Buffer x = Buffer::random(rows * depth, DType::bf16, 1);
  const Buffer w = Buffer::random(columns * depth, DType::bf16, 2, 0.02f);
  const Buffer fast(rows * columns, DType::bf16), plain(rows * columns, DType::bf16);
  const ProductShape shape = ProductShape::dense(rows, columns, depth, DType::bf16, DType::bf16);
  product(libraries, shape, {x.data(), w.data(), nullptr, fast.data()});
  plain_product(libraries.stream(), shape, {x.data(), w.data(), nullptr, plain.data()});
  report.check("product 1000x2304x2304 bf16 against plain",
               relative_l2(fast.numbers(), plain.numbers()), floor_of(DType::bf16));
}

void time_products(Libraries& libraries, Report& report) {
  time_layer(libraries, report, "qkv", 3840, 2304);
  time_layer(libraries, report, "out", 2304, 2304);
  time_layer(libraries, report, "w1", 9216, 2304);
  time_layer(libraries, report, "w1|w3", 18432, 2304);
  time_layer(libraries, report, "w2", 2304, 9216);
  time_layer(libraries, report, "w1 + bias + gelu", 9216, 2304, true, true);
  time_gate(libraries, report);
  time_fp8(libraries, report, "qkv", 3840, 2304);
  time_fp8(libraries, report, "out", 2304, 2304);
  time_fp8(libraries, report, "w1", 9216, 2304);
  time_fp8(libraries, report, "w2", 2304, 9216);
}

}  // namespace newbie::bench
