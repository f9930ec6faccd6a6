#include "ops/cuda/memory_access.h"
#include "ops/cuda/shape.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTile = 32;

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

int64_t element_bytes(const Tensor& x) { return static_cast<int64_t>(size_of(x.dtype())); }

/// Memory that is moved in units of this many bytes.
template <int kBytes>
struct alignas(kBytes) Unit {
  char bytes[kBytes];
};

/// Calls body with a unit of `bytes` bytes: 1, 2, 4, 8 or 16.
template <class Body>
void with_unit(int64_t bytes, const Body& body) {
  switch (bytes) {
    case 16:
      return body(Unit<16>{});
    case 8:
      return body(Unit<8>{});
    case 4:
      return body(Unit<4>{});
    case 2:
      return body(Unit<2>{});
    default:
      return body(Unit<1>{});
  }
}

/// The largest unit that divides all of the sizes and addresses.
int64_t common_unit(std::initializer_list<int64_t> sizes,
                    std::initializer_list<const void*> places) {
  uintptr_t all = 16;
  for (int64_t size : sizes) all |= static_cast<uintptr_t>(size);
  for (const void* place : places) all |= reinterpret_cast<uintptr_t>(place);
  return static_cast<int64_t>(all & (~all + 1));
}

/// Rows of `width` at regular steps, `rows` of them per box. All in bytes.
struct Boxes {
  int64_t boxes, rows, width;
  int64_t to_row, to_box, from_row, from_box;
};

template <class U>
__global__ void boxes_kernel(U* to, const U* from, Boxes b) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= b.boxes * b.rows * b.width) return;
  const int64_t column = i % b.width, row = i / b.width % b.rows, box = i / b.width / b.rows;
  to[box * b.to_box + row * b.to_row + column] = from[box * b.from_box + row * b.from_row + column];
}

void move_boxes(std::byte* to, const std::byte* from, Boxes b, cudaStream_t stream) {
  if (b.boxes * b.rows * b.width == 0) return;
  const int64_t unit =
      common_unit({b.width, b.to_row, b.to_box, b.from_row, b.from_box}, {to, from});
  for (int64_t* size : {&b.width, &b.to_row, &b.to_box, &b.from_row, &b.from_box}) *size /= unit;
  with_unit(unit, [&]<class U>(U) {
    boxes_kernel<<<blocks_for(b.boxes * b.rows * b.width), kThreads, 0, stream>>>(
        reinterpret_cast<U*>(to), reinterpret_cast<const U*>(from), b);
  });
  require_launched("moving rows");
}

template <class U>
__global__ void rows_kernel(U* to, const U* from, const int64_t* indices, int64_t width) {
  for (int64_t i = threadIdx.x; i < width; i += kThreads) {
    to[blockIdx.x * width + i] = from[indices[blockIdx.x] * width + i];
  }
}

template <class U>
__global__ void transpose_kernel(U* to, const U* from, int64_t m, int64_t n, int64_t tiles_n) {
  __shared__ U tile[kTile][kTile + 1];
  const int64_t tiles_m = (m + kTile - 1) / kTile;
  const int64_t matrix = blockIdx.x / (tiles_m * tiles_n), at = blockIdx.x % (tiles_m * tiles_n);
  const int64_t i0 = at / tiles_n * kTile, j0 = at % tiles_n * kTile;
  from += matrix * m * n;
  to += matrix * m * n;
  for (int64_t i = threadIdx.y; i < kTile; i += blockDim.y) {
    const int64_t j = j0 + threadIdx.x;
    if (i0 + i < m && j < n) tile[i][threadIdx.x] = from[(i0 + i) * n + j];
  }
  __syncthreads();
  for (int64_t j = threadIdx.y; j < kTile; j += blockDim.y) {
    const int64_t i = i0 + threadIdx.x;
    if (j0 + j < n && i < m) to[(j0 + j) * m + i] = tile[threadIdx.x][j];
  }
}

template <class U>
__global__ void upsample_kernel(U* to, const U* from, int64_t count, int64_t height, int64_t width,
                                int64_t pixel) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count) return;
  const int64_t part = i % pixel, column = i / pixel % width;
  const int64_t row = i / pixel / width % height, image = i / pixel / width / height;
  const int64_t source = (image * (height / 2) + row / 2) * (width / 2) + column / 2;
  to[i] = from[source * pixel + part];
}

/// One thread per element of the tokens: `kGather` reads the latent, else it is written.
template <bool kGather, class U>
__global__ void patches_kernel(U* to, const U* from, int64_t channels, int64_t height,
                               int64_t width, int64_t patch) {
  const int64_t feature = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (feature >= channels * height * width) return;
  const int64_t c = feature % channels, inside = feature / channels % (patch * patch);
  const int64_t token = feature / channels / (patch * patch), columns = width / patch;
  const int64_t row = token / columns * patch + inside / patch;
  const int64_t column = token % columns * patch + inside % patch;
  const int64_t place = (c * height + row) * width + column;
  if constexpr (kGather) {
    to[feature] = from[place];
  } else {
    to[place] = from[feature];
  }
}

template <bool kGather>
void move_patches(Tensor& y, const Tensor& x, const Shape& latent, int64_t patch) {
  if (y.numel() == 0) return;
  with_unit(element_bytes(x), [&]<class U>(U) {
    patches_kernel<kGather>
        <<<blocks_for(y.numel()), kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
            data_of<U>(y), data_of<U>(x), latent[0], latent[1], latent[2], patch);
  });
  require_launched("patchify");
}

}  // namespace

void concat_rows(Tensor& y, const std::vector<Tensor>& parts) {
  const cudaStream_t stream = newbie::cuda::stream_of(y.device());
  std::byte* to = y.mutable_raw();
  for (const Tensor& part : parts) {
    if (part.bytes() > 0) {
      newbie::cuda::require(
          cudaMemcpyAsync(to, part.raw(), part.bytes(), cudaMemcpyDeviceToDevice, stream),
          "concat_rows");
    }
    to += part.bytes();
  }
}

void concat_columns(Tensor& y, const std::vector<Tensor>& parts) {
  const int64_t whole = y.dim(-1) * element_bytes(y);
  std::byte* to = y.mutable_raw();
  for (const Tensor& part : parts) {
    const int64_t width = part.dim(-1) * element_bytes(y);
    move_boxes(to, part.raw(), {1, y.shape().rows(), width, whole, 0, width, 0},
               newbie::cuda::stream_of(y.device()));
    to += width;
  }
}

void take_columns(Tensor& y, const Tensor& x, const int64_t& first) {
  const int64_t size = element_bytes(x), width = y.dim(-1) * size, whole = x.dim(-1) * size;
  move_boxes(y.mutable_raw(), x.raw() + first * size,
             {1, y.shape().rows(), width, width, 0, whole, 0}, newbie::cuda::stream_of(y.device()));
}

void split_evenly(Tensor& y, const Tensor& x) {
  const int64_t parts = y.dim(0), rows = y.dim(1), width = y.dim(2) * element_bytes(x);
  move_boxes(y.mutable_raw(), x.raw(),
             {.boxes = parts,
              .rows = rows,
              .width = width,
              .to_row = width,
              .to_box = rows * width,
              .from_row = parts * width,
              .from_box = width},
             newbie::cuda::stream_of(y.device()));
}

void take_rows(Tensor& y, const Tensor& x, const std::vector<int64_t>& indices) {
  if (y.numel() == 0) return;
  const Tensor rows =
      Tensor::from<int64_t>(indices, {static_cast<int64_t>(indices.size())}, y.device());
  const int64_t bytes = x.dim(1) * element_bytes(x),
                unit = common_unit({bytes}, {y.raw(), x.raw()});
  with_unit(unit, [&]<class U>(U) {
    rows_kernel<<<static_cast<unsigned>(indices.size()), kThreads, 0,
                  newbie::cuda::stream_of(y.device())>>>(data_of<U>(y), data_of<U>(x),
                                                         data_of<int64_t>(rows), bytes / unit);
  });
  require_launched("take_rows");
}

void transpose(Tensor& y, const Tensor& x) {
  if (y.numel() == 0) return;
  const int64_t m = x.dim(1), n = x.dim(2), tiles_n = divided_up(n, kTile);
  const auto blocks = static_cast<unsigned>(x.dim(0) * divided_up(m, kTile) * tiles_n);
  with_unit(element_bytes(x), [&]<class U>(U) {
    transpose_kernel<<<blocks, dim3(kTile, 8), 0, newbie::cuda::stream_of(y.device())>>>(
        data_of<U>(y), data_of<U>(x), m, n, tiles_n);
  });
  require_launched("transpose");
}

void crop(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left) {
  const int64_t pixel = image.dim(3) * element_bytes(image);
  const int64_t row = image.dim(2) * pixel, width = out.dim(2) * pixel;
  move_boxes(out.mutable_raw(), image.raw() + top * row + left * pixel,
             {out.dim(0), out.dim(1), width, width, out.dim(1) * width, row, image.dim(1) * row},
             newbie::cuda::stream_of(out.device()));
}

void upsample_nearest_2x(Tensor& y, const Tensor& image) {
  if (y.numel() == 0) return;
  const int64_t pixel = image.dim(3) * element_bytes(image);
  const int64_t unit = common_unit({pixel}, {y.raw(), image.raw()});
  const int64_t count = static_cast<int64_t>(y.bytes()) / unit;
  with_unit(unit, [&]<class U>(U) {
    upsample_kernel<<<blocks_for(count), kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
        data_of<U>(y), data_of<U>(image), count, y.dim(1), y.dim(2), pixel / unit);
  });
  require_launched("upsample_nearest_2x");
}

void patchify(Tensor& y, const Tensor& latent, const int64_t& patch) {
  move_patches<true>(y, latent, latent.shape(), patch);
}

void unpatchify(Tensor& y, const Tensor& tokens, const int64_t& patch) {
  move_patches<false>(y, tokens, y.shape(), patch);
}

}  // namespace newbie::ops::cuda
