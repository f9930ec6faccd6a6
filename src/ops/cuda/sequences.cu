#include "ops/cuda/memory_access.h"
#include "ops/cuda/sequences.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

Tensor on_device(const std::vector<int64_t>& values, const Device& device) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::from(std::span<const int64_t>(values.data(), values.size()),
                      Shape{static_cast<int64_t>(values.size())}, device);
}

/// The sequence that holds a row; of empty ones that begin there, the last.
__device__ int64_t sequence_of(const int64_t* offsets, int64_t count, int64_t row) {
  int64_t low = 0, high = count;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (offsets[middle] <= row) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Rows in units of U; offsets of the first parts and of the second.
template <class U, bool kJoins>
__global__ void joined_kernel(U* joined, U* first, U* second, const int64_t* first_offsets,
                              const int64_t* second_offsets, const int64_t* joined_offsets,
                              int64_t count, int64_t rows, int64_t width) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= rows * width) return;
  const int64_t row = i / width, column = i % width;
  const int64_t b = sequence_of(joined_offsets, count, row), inside = row - joined_offsets[b];
  const int64_t of_first = first_offsets[b + 1] - first_offsets[b];
  U* part = inside < of_first ? first + (first_offsets[b] + inside) * width + column
                              : second + (second_offsets[b] + inside - of_first) * width + column;
  if constexpr (kJoins) {
    joined[i] = *part;
  } else {
    *part = joined[i];
  }
}

template <int kBytes>
struct alignas(kBytes) Unit {
  char bytes[kBytes];
};

template <bool kJoins>
void move_joined(std::byte* joined, std::byte* first, std::byte* second, const Packing& first_rows,
                 const Packing& second_rows, int64_t row_bytes, const Device& device) {
  const int64_t rows = first_rows.rows() + second_rows.rows();
  if (rows * row_bytes == 0) return;
  std::vector<int64_t> both;
  for (int64_t b = 0; b <= first_rows.count(); ++b) {
    both.push_back(first_rows.offsets[static_cast<size_t>(b)] +
                   second_rows.offsets[static_cast<size_t>(b)]);
  }
  const Tensor of_first = on_device(first_rows.offsets, device),
               of_second = on_device(second_rows.offsets, device),
               of_both = on_device(both, device);
  const auto run = [&]<class U>(U) {
    const int64_t width = row_bytes / static_cast<int64_t>(sizeof(U));
    joined_kernel<U, kJoins>
        <<<blocks_for(rows * width), kThreads, 0, newbie::cuda::stream_of(device)>>>(
            reinterpret_cast<U*>(joined), reinterpret_cast<U*>(first), reinterpret_cast<U*>(second),
            data_of<int64_t>(of_first), data_of<int64_t>(of_second), data_of<int64_t>(of_both),
            first_rows.count(), rows, width);
  };
  if (row_bytes % 16 == 0 && aligned({joined, first, second})) {
    run(Unit<16>{});
  } else {
    run(Unit<2>{});
  }
  require_launched("joining sequences");
}

/// A thread per element of the boxes.
template <class T>
__global__ void pad_kernel(T* y, const T* x, const int64_t* offsets, int64_t count, int64_t length,
                           int64_t heads, int64_t own, int64_t width, float row_mark,
                           float pad_mark) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count * length * heads * width) return;
  const int64_t e = i % width, h = i / width % heads, row = i / (width * heads);
  const int64_t b = row / length, inside = row % length;
  const bool held = inside < offsets[b + 1] - offsets[b];
  T value = narrow<T>(0.0f);
  if (e < own) {
    if (held) value = x[((offsets[b] + inside) * heads + h) * own + e];
  } else if (e == own) {
    value = narrow<T>(held ? row_mark : pad_mark);
  }
  y[i] = value;
}

/// A thread per element of the packed heads.
template <class T>
__global__ void unpad_kernel(T* x, const T* y, const int64_t* offsets, int64_t count,
                             int64_t length, int64_t rows, int64_t heads, int64_t own,
                             int64_t width) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= rows * heads * own) return;
  const int64_t e = i % own, h = i / own % heads, row = i / (own * heads);
  const int64_t b = sequence_of(offsets, count, row);
  x[i] = y[((b * length + row - offsets[b]) * heads + h) * width + e];
}

/// Places of up to kMostAxes axes, by value.
struct Lines {
  static constexpr int kMostAxes = 8;
  int64_t first[kMostAxes];  ///< pair
  int64_t begin[kMostAxes];  ///< in the lines
  int64_t pairs[kMostAxes];
  int axes;
};

__global__ void rope_rows_kernel(float* out, const float* lines, const int32_t* positions, Lines w,
                                 int64_t rows, int64_t pairs, int64_t line) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= rows * pairs) return;
  const int64_t row = i / pairs, pair = i % pairs;
  int axis = 0;
  while (axis + 1 < w.axes && pair >= w.first[axis + 1]) ++axis;
  const int64_t position = positions[row * w.axes + axis];
  const int64_t from = w.begin[axis] + position * w.pairs[axis] + pair - w.first[axis];
  out[i] = lines[from];
  out[rows * pairs + i] = lines[line + from];
}

}  // namespace

void join_sequences(Tensor& y, const Tensor& first, const Packing& first_rows, const Tensor& second,
                    const Packing& second_rows) {
  move_joined<true>(y.mutable_raw(), const_cast<std::byte*>(first.raw()),
                    const_cast<std::byte*>(second.raw()), first_rows, second_rows,
                    y.dim(1) * static_cast<int64_t>(size_of(y.dtype())), y.device());
}

void part_sequences(Tensor& y, const Tensor& x, const Packing& first_rows,
                    const Packing& second_rows) {
  const int64_t row = y.dim(1) * static_cast<int64_t>(size_of(y.dtype()));
  move_joined<false>(const_cast<std::byte*>(x.raw()), y.mutable_raw(),
                     y.mutable_raw() + first_rows.rows() * row, first_rows, second_rows, row,
                     y.device());
}

void pad_heads(Tensor& y, const Tensor& x, const Packing& sequences, const HeadPadding& padding) {
  if (y.numel() == 0) return;
  const Tensor offsets = on_device(sequences.offsets, y.device());
  with_type(y.dtype(), [&]<class T>(T) {
    pad_kernel<T><<<blocks_for(y.numel()), kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
        data_of<T>(y), data_of<T>(x), data_of<int64_t>(offsets), sequences.count(), padding.length,
        x.dim(1), x.dim(2), padding.width, padding.row, padding.pad);
  });
  require_launched("pad_heads");
}

void unpad_heads(Tensor& x, const Tensor& y, const Packing& sequences, const int64_t& length) {
  if (x.numel() == 0) return;
  const Tensor offsets = on_device(sequences.offsets, x.device());
  with_type(x.dtype(), [&]<class T>(T) {
    unpad_kernel<T><<<blocks_for(x.numel()), kThreads, 0, newbie::cuda::stream_of(x.device())>>>(
        data_of<T>(x), data_of<T>(y), data_of<int64_t>(offsets), sequences.count(), length,
        x.dim(0), x.dim(1), x.dim(2), y.dim(2));
  });
  require_launched("unpad_heads");
}

void rope_rows(Tensor& out, const Tensor& lines, const RopeLines& where,
               const std::span<const int32_t>& positions) {
  if (out.numel() == 0) return;
  check(where.pairs.size() <= Lines::kMostAxes, "rope_rows: too many axes");
  Lines w{};
  w.axes = static_cast<int>(where.pairs.size());
  int64_t first = 0;
  for (size_t axis = 0; axis < where.pairs.size(); ++axis) {
    w.first[axis] = first;
    w.begin[axis] = where.begins[axis];
    w.pairs[axis] = where.pairs[axis];
    first += where.pairs[axis];
  }
  const Tensor at =
      Tensor::from<int32_t>(positions, {static_cast<int64_t>(positions.size())}, out.device());
  const int64_t rows = out.dim(1), pairs = out.dim(2);
  rope_rows_kernel<<<blocks_for(rows * pairs), kThreads, 0,
                     newbie::cuda::stream_of(out.device())>>>(
      data_of<float>(out), data_of<float>(lines), data_of<int32_t>(at), w, rows, pairs,
      lines.dim(1));
  require_launched("rope_rows");
}

}  // namespace newbie::ops::cuda
