#include "ops/cpu/elementwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/cpu/pieces.h"

// One pass over memory in pieces that any thread may take; an element's result depends on nothing
// around it. Bound by memory bandwidth, except for the exponentials of small types.

namespace newbie::ops::cpu {
namespace {

/// body(first index, count) for every piece of x.
template <class Body>
void for_pieces(const Tensor& x, const Body& body) {
  parallel_ranges(threads_for(x), x.numel(), kGrain,
                  [&](int64_t begin, int64_t end) { body(begin, end - begin); });
}

/// All 256 values of an 8-bit float.
std::array<float, 256> values_of(DType dtype) {
  std::array<float, 256> values;
  for (size_t code = 0; code < values.size(); ++code) {
    const auto bits = static_cast<uint8_t>(code);
    values[code] = dtype == DType::f8_e4m3 ? f8_e4m3_to_float(bits) : f8_e5m2_to_float(bits);
  }
  return values;
}

void cast_f8(Tensor& y, const Tensor& x) {
  constexpr int64_t kBlock = 1024;
  const std::array<float, 256> values = values_of(x.dtype());
  const Output out(y);
  const Element to = element_of(y.dtype());
  for_pieces(x, [&](int64_t first, int64_t count) {
    std::array<float, kBlock> block;
    for (int64_t begin = first; begin < first + count; begin += kBlock) {
      const int64_t n = std::min(kBlock, first + count - begin);
      const auto* codes = reinterpret_cast<const uint8_t*>(address(x, begin));
      for (int64_t i = 0; i < n; ++i) block[static_cast<size_t>(i)] = values[codes[i]];
      kernels().convert(Element::f32, block.data(), 1.0f, to, out.at(begin), n);
    }
  });
}

}  // namespace

void activate(Tensor& y, const Tensor& x, const Activation& activation) {
  const Output out(y);
  const Element type = element_of(x.dtype());
  for_pieces(x, [&](int64_t i, int64_t n) {
    kernels().activate(type, activation, address(x, i), out.at(i), n);
  });
}

void add(Tensor& y, const Tensor& a, const Tensor& b) {
  const Output out(y);
  const Element type = element_of(a.dtype());
  if (a.numel() == b.numel()) {
    for_pieces(a, [&](int64_t i, int64_t n) {
      kernels().add(type, address(a, i), address(b, i), out.at(i), n);
    });
    return;
  }
  const int64_t width = b.numel();
  parallel_ranges(threads_for(a), a.shape().rows(), grain_rows(width),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t row = begin; row < end; ++row) {
                      const int64_t i = row * width;
                      kernels().add(type, address(a, i), b.raw(), out.at(i), width);
                    }
                  });
}

void gated(Tensor& y, const Tensor& gate, const Tensor& up, const Activation& activation) {
  const Output out(y);
  const Element type = element_of(gate.dtype());
  for_pieces(gate, [&](int64_t i, int64_t n) {
    kernels().gated(type, activation, address(gate, i), address(up, i), out.at(i), n);
  });
}

void combine(Tensor& y, const std::vector<std::pair<float, Tensor>>& terms) {
  const Output out(y);
  const Element type = element_of(y.dtype());
  std::vector<float> coefficients;
  for (const auto& [coefficient, x] : terms) coefficients.push_back(coefficient);
  for_pieces(y, [&](int64_t i, int64_t n) {
    std::vector<const void*> inputs;
    for (const auto& [coefficient, x] : terms) inputs.push_back(address(x, i));
    kernels().combine(type, static_cast<int64_t>(terms.size()), coefficients.data(), inputs.data(),
                      out.at(i), n);
  });
}

void affine(Tensor& y, const Tensor& x, const float& scale, const float& shift) {
  const Output out(y);
  const Element type = element_of(x.dtype());
  for_pieces(x, [&](int64_t i, int64_t n) {
    kernels().affine(type, address(x, i), scale, shift, out.at(i), n);
  });
}

void clamp(Tensor& y, const Tensor& x, const float& low, const float& high) {
  const Output out(y);
  const Element type = element_of(x.dtype());
  for_pieces(x, [&](int64_t i, int64_t n) {
    kernels().clamp(type, address(x, i), low, high, out.at(i), n);
  });
}

std::string cast_declines(const Tensor& x, const DType& dtype) {
  const bool f8 = x.dtype() == DType::f8_e4m3 || x.dtype() == DType::f8_e5m2;
  if (!f8 && !has_element(x.dtype())) return fmt::format("reads no {}", name_of(x.dtype()));
  return has_element(dtype) ? "" : fmt::format("writes no {}", name_of(dtype));
}

void cast(Tensor& y, const Tensor& x, const DType& dtype) {
  if (!has_element(x.dtype())) return cast_f8(y, x);
  const Output out(y);
  const Element from = element_of(x.dtype()), to = element_of(dtype);
  for_pieces(x, [&](int64_t i, int64_t n) {
    kernels().convert(from, address(x, i), 1.0f, to, out.at(i), n);
  });
}

}  // namespace newbie::ops::cpu
