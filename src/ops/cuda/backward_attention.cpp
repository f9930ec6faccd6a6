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

/// Sequences of one length that follow one another, from row `begin`. Products go through many
/// matrices at once: the key heads of a single sequence, or, head by head, the sequences.
class Run {
 public:
  Run(Tensor& dq, Tensor& dk, Tensor& dv, const Tensor& dy, const Tensor& q, const Tensor& k,
      const Tensor& v, int64_t begin, int64_t count, int64_t length,
      const AttentionOptions& options, const Tensor& bias)
      : libraries_(q.device().plans() ? nullptr : &libraries_of(q.device())),
        dq_(dq),
        dk_(dk),
        dv_(dv),
        dy_(dy),
        q_(q),
        k_(k),
        v_(v),
        begin_(begin),
        length_(length),
        rows_(count * length),
        scale_(options.scale),
        s_{.batch = count,
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
    const bool by_sequence = count > 1;
    at_once_ = by_sequence ? count : s_.kv_heads;
    lanes_ = by_sequence ? s_.kv_heads : 1;
    q_step_ = by_sequence ? length * q_row() : group() * s_.width;
    kv_step_ = by_sequence ? length * kv_row() : s_.width;
  }

  void run() {
    const Device& device = q_.device();
    const int64_t per_row = at_once_ * stride_ * 2 * static_cast<int64_t>(sizeof(float));
    const int64_t step = std::clamp<int64_t>(kMostScratch / per_row, 1, length_);
    scores_ = scratch(device, {at_once_ * step * stride_}, DType::f32);
    slopes_ = scratch(device, {at_once_ * step * stride_}, DType::f32);
    const Shape keys{rows_, kv_row()};
    sum_k_ = scratch(device, keys, DType::f32);
    sum_v_ = scratch(device, keys, DType::f32);
    Tensor part_k = scratch(device, keys, DType::f32), part_v = scratch(device, keys, DType::f32);
    if (!libraries_) return;
    for (int64_t member = 0; member < group(); ++member) {
      for (int64_t first = 0; first < length_; first += step) {
        const bool sums = member == 0 && first == 0;
        for (int64_t lane = 0; lane < lanes_; ++lane) {
          slice(lane, member, first, std::min(step, length_ - first), sums ? sum_k_ : part_k,
                sums ? sum_v_ : part_v);
        }
        if (sums) continue;
        add_to(sum_k_, part_k);
        add_to(sum_v_, part_v);
      }
    }
    write(dk_, sum_k_);
    write(dv_, sum_v_);
  }

 private:
  int64_t q_row() const { return s_.heads * s_.width; }
  int64_t kv_row() const { return s_.kv_heads * s_.width; }
  int64_t group() const { return s_.heads / s_.kv_heads; }

  void slice(int64_t lane, int64_t member, int64_t first, int64_t rows, Tensor& to_k,
             Tensor& to_v) {
    const int64_t queries = (begin_ + first) * q_row() + (lane * group() + member) * s_.width;
    const int64_t keys = begin_ * kv_row() + lane * s_.width;
    score(at(q_, queries), at(k_, keys), scores_, rows, scale_);
    score(at(dy_, queries), at(v_, keys), slopes_, rows, 1.0f);
    weigh_and_slope(libraries_->stream(), reinterpret_cast<float*>(scores_.mutable_raw()),
                    reinterpret_cast<float*>(slopes_.mutable_raw()), s_, bias_, scale_, at_once_,
                    first, rows, stride_);
    to_queries(queries, keys, rows);
    to_keys(slopes_, at(q_, queries), to_k, lane, rows);
    to_keys(scores_, at(dy_, queries), to_v, lane, rows);
  }

  /// y [at_once,rows,stride] = queries (or their slopes) times keys (or values).
  void score(const std::byte* x, const std::byte* w, Tensor& y, int64_t rows, float alpha) {
    ProductShape shape{.rows = rows, .columns = length_, .depth = s_.width, .batch = at_once_};
    shape.in = s_.type;
    shape.x_stride = q_row();
    shape.x_step = q_step_;
    shape.w_stride = kv_row();
    shape.w_step = kv_step_;
    shape.y_stride = stride_;
    shape.y_step = rows * stride_;
    product(*libraries_, shape, {x, w, nullptr, y.mutable_raw(), alpha});
  }

  /// Elements of the type between rows that begin where f32 rows began.
  int64_t typed_stride() const {
    return stride_ * static_cast<int64_t>(sizeof(float) / size_of(s_.type));
  }

  void to_queries(int64_t queries, int64_t keys, int64_t rows) {
    ProductShape shape{.rows = rows, .columns = s_.width, .depth = length_, .batch = at_once_};
    shape.in = shape.out = s_.type;
    shape.x_stride = typed_stride();
    shape.x_step = rows * typed_stride();
    shape.w_turned = true;
    shape.w_stride = kv_row();
    shape.w_step = kv_step_;
    shape.y_stride = q_row();
    shape.y_step = q_step_;
    product(*libraries_, shape,
            {slopes_.raw(), at(k_, keys), nullptr, const_cast<std::byte*>(at(dq_, queries))});
  }

  /// Columns of `sum` [rows of the run, kv_heads * width] = (weights or slopes)^T times queries (or
  /// their slopes).
  void to_keys(const Tensor& x, const std::byte* w, Tensor& sum, int64_t lane, int64_t rows) {
    ProductShape shape{.rows = length_, .columns = s_.width, .depth = rows, .batch = at_once_};
    shape.in = s_.type;
    shape.x_turned = shape.w_turned = true;
    shape.x_stride = typed_stride();
    shape.x_step = rows * typed_stride();
    shape.w_stride = q_row();
    shape.w_step = q_step_;
    shape.y_stride = kv_row();
    shape.y_step = kv_step_;
    product(*libraries_, shape,
            {x.raw(), w, nullptr, const_cast<std::byte*>(at(sum, lane * s_.width))});
  }

  void write(Tensor& result, const Tensor& sum) {
    const Tensor typed = cast(sum, s_.type);
    copy_rows(libraries_->stream(), const_cast<std::byte*>(at(result, begin_ * kv_row())),
              typed.raw(), typed.bytes());
  }

  Libraries* libraries_;  // none on a device that plans
  Tensor &dq_, &dk_, &dv_;
  const Tensor &dy_, &q_, &k_, &v_;
  int64_t begin_, length_, rows_;
  float scale_;
  SdpaShape s_;
  ScoreBias bias_;
  int64_t stride_;
  int64_t at_once_, lanes_;   // matrices per product, and how many products make all key heads
  int64_t q_step_, kv_step_;  // from one matrix to the next
  Tensor scores_, slopes_, sum_k_, sum_v_;
};

}  // namespace

void attention_backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                        const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options, const KeptAttention&) {
  if (q.numel() == 0) return;
  Tensor to_k = dk, to_v = dv;
  const auto bias_of = [&](int64_t b) {
    return options.bias.empty() ? Tensor() : options.bias[static_cast<size_t>(b)];
  };
  for (int64_t b = 0, end = 0; b < sequences.count(); b = end) {
    const int64_t length = sequences.length(b);
    const Tensor bias = bias_of(b);
    end = b + 1;
    while (!bias.defined() && end < sequences.count() && sequences.length(end) == length &&
           !bias_of(end).defined()) {
      ++end;
    }
    if (length == 0) continue;
    // A few long sequences go one by one: their key heads are enough for a product.
    const bool together = end - b > k.dim(1);
    const int64_t step = together ? end - b : 1;
    for (int64_t first = b; first < end; first += step) {
      Run(dq, to_k, to_v, dy, q, k, v, sequences.begin(first), step, length, options, bias).run();
    }
  }
}

}  // namespace newbie::ops::cuda
