/// By products: scores of a slice of queries are written out in f32, and the slopes of the loss by
/// them; one kernel turns both into weights and slopes of the scores, in place, in the type of the
/// products that follow. Slices keep memory linear in the sequence.
#include <algorithm>

#include "ops/cuda/backward.h"
#include "ops/cuda/product.h"
#include "ops/cuda/sdpa.h"
#include "ops/cuda/sdpa_backward.h"
#include "ops/elementwise.h"

namespace newbie::ops::cuda {
namespace {

constexpr int64_t kMostScratch = int64_t{512} << 20;

int64_t padded(int64_t length) { return (length + 15) / 16 * 16; }

Tensor scratch(const Device& device, Shape shape, DType type) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty(shape, type, device);
}

const std::byte* at(const Tensor& x, int64_t element) {
  return x.raw() + element * static_cast<int64_t>(size_of(x.dtype()));
}

/// One sequence: rows [begin, begin + length) of everything.
class Sequence {
 public:
  Sequence(Tensor& dq, Tensor& dk, Tensor& dv, const Tensor& dy, const Tensor& q, const Tensor& k,
           const Tensor& v, int64_t begin, int64_t length, const AttentionOptions& options,
           const Tensor& bias)
      : libraries_(libraries_of(q.device())),
        dq_(dq),
        dk_(dk),
        dv_(dv),
        dy_(dy),
        q_(q),
        k_(k),
        v_(v),
        begin_(begin),
        length_(length),
        scale_(options.scale),
        s_{.batch = 1,
           .length = length,
           .heads = q.dim(1),
           .kv_heads = k.dim(1),
           .width = q.dim(2),
           .type = q.dtype(),
           .causal = options.causal,
           .window = options.window,
           .bias = bias.defined()},
        stride_(padded(length)) {
    if (bias.defined()) {
      bias_ = {reinterpret_cast<const float*>(bias.raw()), bias.dim(0), bias.dim(1)};
    }
  }

  void run() {
    const Device& device = q_.device();
    const int64_t per_row = s_.kv_heads * stride_ * 2 * static_cast<int64_t>(sizeof(float));
    const int64_t step = std::clamp<int64_t>(kMostScratch / per_row, 1, length_);
    scores_ = scratch(device, {s_.kv_heads * step * stride_}, DType::f32);
    slopes_ = scratch(device, {s_.kv_heads * step * stride_}, DType::f32);
    const Shape keys{length_, s_.kv_heads * s_.width};
    sum_k_ = scratch(device, keys, DType::f32);
    sum_v_ = scratch(device, keys, DType::f32);
    part_ = scratch(device, keys, DType::f32);
    bool first_part = true;
    for (int64_t member = 0; member < s_.heads / s_.kv_heads; ++member) {
      for (int64_t first = 0; first < length_; first += step) {
        slice(member, first, std::min(step, length_ - first), first_part);
        first_part = false;
      }
    }
    write(dk_, sum_k_);
    write(dv_, sum_v_);
  }

 private:
  int64_t q_row() const { return s_.heads * s_.width; }
  int64_t kv_row() const { return s_.kv_heads * s_.width; }
  int64_t group() const { return s_.heads / s_.kv_heads; }

  void slice(int64_t member, int64_t first, int64_t rows, bool first_part) {
    const int64_t queries = (begin_ + first) * q_row() + member * s_.width;
    score(at(q_, queries), at(k_, begin_ * kv_row()), scores_, rows, scale_);
    score(at(dy_, queries), at(v_, begin_ * kv_row()), slopes_, rows, 1.0f);
    weigh_and_slope(libraries_.stream(), reinterpret_cast<float*>(scores_.mutable_raw()),
                    reinterpret_cast<float*>(slopes_.mutable_raw()), s_, bias_, scale_, first, rows,
                    stride_);
    to_queries(queries, rows);
    to_keys(slopes_, at(q_, queries), sum_k_, rows, first_part);
    to_keys(scores_, at(dy_, queries), sum_v_, rows, first_part);
  }

  /// y [kv_heads,rows,stride] = rows of one member of each group, times keys or values.
  void score(const std::byte* x, const std::byte* w, Tensor& y, int64_t rows, float alpha) {
    ProductShape shape{.rows = rows, .columns = length_, .depth = s_.width, .batch = s_.kv_heads};
    shape.in = s_.type;
    shape.x_stride = q_row();
    shape.x_step = group() * s_.width;
    shape.w_stride = kv_row();
    shape.w_step = s_.width;
    shape.y_stride = stride_;
    shape.y_step = rows * stride_;
    product(libraries_, shape, {x, w, nullptr, y.mutable_raw(), alpha});
  }

  /// Elements of the type between rows that begin where f32 rows began.
  int64_t typed_stride() const {
    return stride_ * static_cast<int64_t>(sizeof(float) / size_of(s_.type));
  }

  void to_queries(int64_t queries, int64_t rows) {
    ProductShape shape{.rows = rows, .columns = s_.width, .depth = length_, .batch = s_.kv_heads};
    shape.in = shape.out = s_.type;
    shape.x_stride = typed_stride();
    shape.x_step = rows * typed_stride();
    shape.w_turned = true;
    shape.w_stride = kv_row();
    shape.w_step = s_.width;
    shape.y_stride = q_row();
    shape.y_step = group() * s_.width;
    product(libraries_, shape,
            {slopes_.raw(), at(k_, begin_ * kv_row()), nullptr,
             const_cast<std::byte*>(at(dq_, queries))});
  }

  /// sum [length, kv_heads * width] += (weights or slopes)^T rows of one member of each group.
  void to_keys(const Tensor& x, const std::byte* w, Tensor& sum, int64_t rows, bool first_part) {
    ProductShape shape{.rows = length_, .columns = s_.width, .depth = rows, .batch = s_.kv_heads};
    shape.in = s_.type;
    shape.x_turned = shape.w_turned = true;
    shape.x_stride = typed_stride();
    shape.x_step = rows * typed_stride();
    shape.w_stride = q_row();
    shape.w_step = group() * s_.width;
    shape.y_stride = kv_row();
    shape.y_step = s_.width;
    Tensor& to = first_part ? sum : part_;
    product(libraries_, shape, {x.raw(), w, nullptr, to.mutable_raw()});
    if (!first_part) add_to(sum, part_);
  }

  void write(Tensor& result, const Tensor& sum) {
    const Tensor typed = cast(sum, s_.type);
    copy_rows(libraries_.stream(), const_cast<std::byte*>(at(result, begin_ * kv_row())),
              typed.raw(), typed.bytes());
  }

  Libraries& libraries_;
  Tensor &dq_, &dk_, &dv_;
  const Tensor &dy_, &q_, &k_, &v_;
  int64_t begin_, length_;
  float scale_;
  SdpaShape s_;
  ScoreBias bias_;
  int64_t stride_;
  Tensor scores_, slopes_, sum_k_, sum_v_, part_;
};

}  // namespace

void attention_backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                        const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options) {
  if (q.numel() == 0) return;
  Tensor to_k = dk, to_v = dv;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    if (sequences.length(b) == 0) continue;
    const Tensor bias = options.bias.empty() ? Tensor() : options.bias[static_cast<size_t>(b)];
    Sequence(dq, to_k, to_v, dy, q, k, v, sequences.begin(b), sequences.length(b), options, bias)
        .run();
  }
}

}  // namespace newbie::ops::cuda
