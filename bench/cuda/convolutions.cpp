/// Are convolutions right, and how fast are those of the VAE's decoder at 1024x1024?
#include <fmt/format.h>

#include "harness.h"
#include "ops/cuda/convolution.h"

namespace newbie::bench {
namespace {

using namespace ops::cuda;

struct Inputs {
  Buffer x, w, bias, residual;
};

Inputs inputs_of(const ConvolutionShape& s) {
  return {Buffer::random(s.batch * s.height * s.width * s.inputs, s.type, 1),
          Buffer::random(s.outputs * s.kernel_height * s.kernel_width * s.inputs, s.type, 2, 0.05f),
          Buffer::random(s.outputs, DType::f32, 3),
          Buffer::random(s.batch * s.out_height() * s.out_width() * s.outputs, s.type, 4)};
}

std::vector<double> expected(const ConvolutionShape& s, const Inputs& in) {
  const auto x = in.x.numbers(), w = in.w.numbers(), bias = in.bias.numbers();
  const auto residual = in.residual.numbers();
  std::vector<double> y(residual.size());
  for (int64_t at = 0; at < static_cast<int64_t>(y.size()); ++at) {
    const int64_t o = at % s.outputs, pixel = at / s.outputs;
    const int64_t column = pixel % s.out_width(), row = pixel / s.out_width() % s.out_height();
    const int64_t image = pixel / (s.out_width() * s.out_height());
    double sum = s.bias ? bias[static_cast<size_t>(o)] : 0;
    if (s.residual) sum += residual[static_cast<size_t>(at)];
    for (int64_t a = 0; a < s.kernel_height; ++a) {
      for (int64_t b = 0; b < s.kernel_width; ++b) {
        const int64_t r = row * s.stride - s.top + a, c = column * s.stride - s.left + b;
        if (r < 0 || r >= s.height || c < 0 || c >= s.width) continue;
        for (int64_t i = 0; i < s.inputs; ++i) {
          sum += x[static_cast<size_t>(((image * s.height + r) * s.width + c) * s.inputs + i)] *
                 w[static_cast<size_t>(((o * s.kernel_height + a) * s.kernel_width + b) * s.inputs +
                                       i)];
        }
      }
    }
    y[static_cast<size_t>(at)] = sum;
  }
  return y;
}

std::string str(const ConvolutionShape& s) {
  return fmt::format("{}x{}x{} {}->{} k{}x{} s{} p{}{}{}{}{}{} {}", s.batch, s.height, s.width,
                     s.inputs, s.outputs, s.kernel_height, s.kernel_width, s.stride, s.top, s.left,
                     s.bottom, s.right, s.bias ? " bias" : "", s.residual ? " residual" : "",
                     name_of(s.type));
}

/// What a second rounding costs where bias and residual come apart.
double most(Libraries& libraries, const ConvolutionShape& s) {
  return floor_of(s.type) * (convolution_way(libraries, s) == "apart" ? 2 : 1);
}

void run(Libraries& libraries, const ConvolutionShape& s, const Inputs& in, const Buffer& y,
         const Buffer& scratch) {
  convolution(libraries, s,
              {in.x.data(), in.w.data(), in.bias.floats(), in.residual.data(), y.data()},
              {scratch.data(), static_cast<size_t>(scratch.count()) * 4});
}

void check_case(Libraries& libraries, Report& report, const ConvolutionShape& s) {
  const Inputs in = inputs_of(s);
  const auto truth = expected(s, in);
  const auto scratch_bytes = convolution_scratch(libraries, s);
  const Buffer scratch(static_cast<int64_t>(scratch_bytes / 4 + 4), DType::f32);
  const Buffer y(in.residual.count(), s.type), plain(in.residual.count(), s.type);
  run(libraries, s, in, y, scratch);
  report.check(fmt::format("convolution ({}) {}", convolution_way(libraries, s), str(s)),
               relative_l2(y.numbers(), truth), most(libraries, s));
  plain_convolution(libraries.stream(), s,
                    {in.x.data(), in.w.data(), in.bias.floats(), in.residual.data(), plain.data()});
  report.check(fmt::format("convolution plain {}", str(s)), relative_l2(plain.numbers(), truth),
               floor_of(s.type));
}

void time_case(Libraries& libraries, Report& report, const ConvolutionShape& s, bool check) {
  const Inputs in = inputs_of(s);
  const auto scratch_bytes = convolution_scratch(libraries, s);
  const Buffer scratch(static_cast<int64_t>(scratch_bytes / 4 + 4), DType::f32);
  const Buffer y(in.residual.count(), s.type);
  const double work = 2e-12 * static_cast<double>(in.residual.count()) *
                      static_cast<double>(s.kernel_height * s.kernel_width * s.inputs);
  const double ms = milliseconds(
      libraries, [&](int) { run(libraries, s, in, y, scratch); }, 10);
  report.time(
      fmt::format("convolution {}", str(s)), ms, work,
      fmt::format("{}, scratch {} MiB", convolution_way(libraries, s), scratch_bytes >> 20));
  if (!check) return;
  const Buffer plain(in.residual.count(), s.type);
  plain_convolution(libraries.stream(), s,
                    {in.x.data(), in.w.data(), in.bias.floats(), in.residual.data(), plain.data()});
  report.check(fmt::format("convolution {} against plain", str(s)),
               relative_l2(y.numbers(), plain.numbers()), 2 * most(libraries, s));
}

ConvolutionShape same(int64_t height, int64_t width, int64_t inputs, int64_t outputs,
                      int64_t kernel, DType type, bool residual = false) {
  const int64_t p = kernel / 2;
  return {.height = height,
          .width = width,
          .inputs = inputs,
          .outputs = outputs,
          .kernel_height = kernel,
          .kernel_width = kernel,
          .top = p,
          .left = p,
          .bottom = p,
          .right = p,
          .type = type,
          .bias = true,
          .residual = residual};
}

}  // namespace

void check_convolutions(Libraries& libraries, Report& report) {
  for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
    check_case(libraries, report, same(17, 13, 32, 64, 3, type));
    check_case(libraries, report, same(17, 13, 64, 64, 3, type, true));
    check_case(libraries, report, same(16, 16, 64, 128, 1, type));
    check_case(libraries, report, same(9, 21, 16, 32, 3, type));
    check_case(libraries, report, same(12, 10, 3, 32, 3, type));
    check_case(libraries, report, same(12, 10, 32, 3, 3, type));
    check_case(libraries, report, same(7, 5, 5, 7, 3, type, true));
    ConvolutionShape halving = same(16, 18, 32, 32, 3, type);
    halving.batch = 2;
    halving.stride = 2;
    halving.top = halving.left = 0;
    check_case(libraries, report, halving);
    ConvolutionShape bare = same(16, 18, 32, 32, 3, type);
    bare.bias = false;
    check_case(libraries, report, bare);
  }
}

void time_convolutions(Libraries& libraries, Report& report) {
  constexpr DType kType = DType::bf16;
  time_case(libraries, report, same(128, 128, 16, 512, 3, kType), false);
  time_case(libraries, report, same(128, 128, 512, 512, 3, kType), true);
  time_case(libraries, report, same(128, 128, 512, 512, 3, kType, true), true);
  time_case(libraries, report, same(256, 256, 512, 512, 3, kType, true), false);
  time_case(libraries, report, same(512, 512, 512, 512, 3, kType), false);
  time_case(libraries, report, same(512, 512, 512, 256, 3, kType), false);
  time_case(libraries, report, same(512, 512, 512, 256, 1, kType), false);
  time_case(libraries, report, same(512, 512, 256, 256, 3, kType, true), false);
  time_case(libraries, report, same(1024, 1024, 256, 256, 3, kType), false);
  time_case(libraries, report, same(1024, 1024, 256, 128, 3, kType), false);
  time_case(libraries, report, same(1024, 1024, 128, 128, 3, kType, true), false);
  time_case(libraries, report, same(1024, 1024, 128, 3, 3, kType), false);
  time_case(libraries, report, same(256, 256, 512, 512, 3, DType::f32, true), false);
}

}  // namespace newbie::bench
