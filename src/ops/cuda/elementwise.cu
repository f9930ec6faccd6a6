#include <algorithm>

#include "ops/cuda/elementwise.h"
#include "ops/cuda/map.h"

namespace newbie::ops::cuda {
namespace {

/// Terms of a sum that a launch takes by value.
constexpr size_t kMostTerms = 16;

/// One pack of each of two inputs.
template <class T, int kWidth>
struct Pair {
  Pack<T, kWidth> a, b;
};

/// f of each element of one tensor.
template <class T, class Function>
struct Unary {
  const T* x;
  Function f;

  template <int kWidth>
  __device__ Pack<T, kWidth> read(int64_t i, int64_t n) const {
    return cuda::read<kWidth>(x + i, n);
  }
  template <int kWidth>
  __device__ Pack<T, kWidth> apply(Pack<T, kWidth> pack) const {
#pragma unroll
    for (int k = 0; k < kWidth; ++k) pack.value[k] = narrow<T>(f(wide(pack.value[k])));
    return pack;
  }
};

/// f of elements at the same place in two tensors; the second repeats after `period` elements.
template <class T, class Function>
struct Binary {
  const T* a;
  const T* b;
  int64_t period;
  Function f;

  template <int kWidth>
  __device__ Pair<T, kWidth> read(int64_t i, int64_t n) const {
    return {cuda::read<kWidth>(a + i, n), cuda::read<kWidth>(b + (period ? i % period : i), n)};
  }
  template <int kWidth>
  __device__ Pack<T, kWidth> apply(const Pair<T, kWidth>& in) const {
    Pack<T, kWidth> out;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      out.value[k] = narrow<T>(f(wide(in.a.value[k]), wide(in.b.value[k])));
    }
    return out;
  }
};

template <class T, Activation kActivation>
struct Activated {
  __device__ float operator()(float x) const { return activated_in<T, kActivation>(x); }
};
template <class T, Activation kActivation>
struct Gated {
  __device__ float operator()(float gate, float up) const {
    return activated_in<T, kActivation>(gate) * up;
  }
};
struct Sum {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Affine {
  float scale, shift;
  __device__ float operator()(float x) const { return fmaf(x, scale, shift); }
};
struct Clamp {
  float low, high;
  // Comparisons, not fminf: NaN stays NaN.
  __device__ float operator()(float x) const { return x < low ? low : x > high ? high : x; }
};

template <class T>
struct Combine {
  const T* x[kMostTerms];
  float coefficient[kMostTerms];
  int terms;
  /// Further ones, in tables on the device: addresses and coefficients.
  const int64_t* more_x;
  const float* more_coefficients;
  int more;

  template <int kWidth>
  struct Sums {
    float value[kWidth];

    __device__ void add(const T* from, float coefficient, int64_t n) {
      const auto pack = cuda::read<kWidth>(from, n);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        value[k] = fmaf(coefficient, wide(pack.value[k]), value[k]);
      }
    }
  };
  template <int kWidth>
  __device__ Sums<kWidth> read(int64_t i, int64_t n) const {
    Sums<kWidth> sums{};
    for (int term = 0; term < terms; ++term) sums.add(x[term] + i, coefficient[term], n);
    for (int term = 0; term < more; ++term) {
      sums.add(reinterpret_cast<const T*>(more_x[term]) + i, more_coefficients[term], n);
    }
    return sums;
  }
  template <int kWidth>
  __device__ Pack<T, kWidth> apply(const Sums<kWidth>& sums) const {
    Pack<T, kWidth> out;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) out.value[k] = narrow<T>(sums.value[k]);
    return out;
  }
};

}  // namespace

void activate(Tensor& y, const Tensor& x, const Activation& activation) {
  with_type(x.dtype(), [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      using Function = Activated<T, Tag::kValue>;
      map<T>(y, aligned({y.raw(), x.raw()}), Unary<T, Function>{data_of<T>(x), {}}, "activate");
    });
  });
}

void add(Tensor& y, const Tensor& a, const Tensor& b) {
  const int64_t period = b.shape() == a.shape() ? 0 : b.numel();
  with_type(a.dtype(), [&]<class T>(T) {
    const bool packs = aligned({y.raw(), a.raw(), b.raw()}) && period % kPack<T> == 0;
    map<T>(y, packs, Binary<T, Sum>{data_of<T>(a), data_of<T>(b), period, {}}, "add");
  });
}

void gated(Tensor& y, const Tensor& gate, const Tensor& up, const Activation& activation) {
  with_type(gate.dtype(), [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      using Function = Gated<T, Tag::kValue>;
      map<T>(y, aligned({y.raw(), gate.raw(), up.raw()}),
             Binary<T, Function>{data_of<T>(gate), data_of<T>(up), 0, {}}, "gated");
    });
  });
}

void combine(Tensor& y, const std::vector<std::pair<float, Tensor>>& terms) {
  bool packs = aligned({y.raw()});
  std::vector<int64_t> places;
  std::vector<float> coefficients;
  for (size_t i = 0; i < terms.size(); ++i) {
    const std::byte* place = terms[i].second.raw();
    packs = packs && aligned({place});
    if (i < kMostTerms) continue;
    places.push_back(static_cast<int64_t>(reinterpret_cast<uintptr_t>(place)));
    coefficients.push_back(terms[i].first);
  }
  const auto more = static_cast<int64_t>(places.size());
  Tensor more_x, more_coefficients;
  if (more > 0) {
    more_x = Tensor::from<int64_t>(places, {more}, y.device());
    more_coefficients = Tensor::from(coefficients, {more}, y.device());
  }
  with_type(y.dtype(), [&]<class T>(T) {
    Combine<T> op{};
    op.terms = static_cast<int>(std::min(terms.size(), kMostTerms));
    for (size_t i = 0; i < static_cast<size_t>(op.terms); ++i) {
      op.x[i] = data_of<T>(terms[i].second);
      op.coefficient[i] = terms[i].first;
    }
    if (more > 0) {
      op.more = static_cast<int>(more);
      op.more_x = data_of<int64_t>(std::as_const(more_x));
      op.more_coefficients = data_of<float>(std::as_const(more_coefficients));
    }
    map<T>(y, packs, op, "combine");
  });
}

void affine(Tensor& y, const Tensor& x, const float& scale, const float& shift) {
  with_type(x.dtype(), [&]<class T>(T) {
    map<T>(y, aligned({y.raw(), x.raw()}), Unary<T, Affine>{data_of<T>(x), {scale, shift}},
           "affine");
  });
}

void clamp(Tensor& y, const Tensor& x, const float& low, const float& high) {
  with_type(x.dtype(), [&]<class T>(T) {
    map<T>(y, aligned({y.raw(), x.raw()}), Unary<T, Clamp>{data_of<T>(x), {low, high}}, "clamp");
  });
}

}  // namespace newbie::ops::cuda
