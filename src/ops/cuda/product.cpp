/// A plan is a cuBLASLt algorithm for one shape. Large shapes pay for timing the heuristic's best
/// candidates once; the choice cannot change a picture, because a candidate must reproduce the
/// first one's bytes to be considered. Where every call brings another number of rows, as batches
/// of captions do, only the first few are timed: later ones would pay more than they gain.
#include "ops/cuda/product.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/error.h"
#include "ops/cuda/product_kernels.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kCandidates = 8;
/// Below both, operations and bytes, a product takes microseconds whatever algorithm runs it. Bytes
/// count where a result is narrow: the factors of a LoRA.
constexpr double kWorthTiming = 4e9, kWorthTimingBytes = 32e6;
/// Numbers of rows of one product that are worth timing.
constexpr int kMostTimed = 4;
/// Rows that the algorithms of f32 are chosen for.
constexpr int64_t kSharedRows = 1024;

cudaDataType_t type_of(DType type) {
  switch (type) {
    case DType::bf16:
      return CUDA_R_16BF;
    case DType::f16:
      return CUDA_R_16F;
    case DType::f8_e4m3:
      return CUDA_R_8F_E4M3;
    default:
      return CUDA_R_32F;
  }
}

template <class Handle, cublasStatus_t (*kDestroy)(Handle)>
struct Destroy {
  void operator()(Handle handle) const { kDestroy(handle); }
};
template <class Handle, cublasStatus_t (*kDestroy)(Handle)>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroy<Handle, kDestroy>>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Operation = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

/// Rows of our matrices are columns of cuBLAS's.
Layout layout(DType type, int64_t rows, int64_t columns, int64_t stride, int64_t batch,
              int64_t step) {
  cublasLtMatrixLayout_t made;
  check_cublas(cublasLtMatrixLayoutCreate(&made, type_of(type), static_cast<uint64_t>(columns),
                                          static_cast<uint64_t>(rows), std::max(stride, columns)),
               "describing a matrix");
  Layout owned(made);
  const int32_t count = static_cast<int32_t>(batch);
  cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count);
  cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &step,
                                   sizeof step);
  return owned;
}

/// How often products that differ only in their rows were timed, and what was chosen: plans that
/// were dropped because there are too many come back as they were.
class Timings {
 public:
  /// Nothing for a shape that was not timed.
  std::optional<cublasLtMatmulAlgo_t> chosen(const ProductShape& shape) const {
    const auto found = chosen_.find(shape);
    return found == chosen_.end() ? std::nullopt : std::optional(found->second);
  }
  void choose(const ProductShape& shape, const cublasLtMatmulAlgo_t& algorithm) {
    if (chosen_.size() >= kMostChosen) chosen_.clear();
    chosen_[shape] = algorithm;
  }
  /// Whether one more may be.
  bool take(ProductShape shape) {
    if (shape.batch > 1) return true;
    (shape.x_turned ? shape.depth : shape.rows) = 0;
    shape.alignment = 0;
    return ++taken_[shape] <= kMostTimed;
  }

 private:
  static constexpr size_t kMostChosen = 4096;
  std::map<ProductShape, int> taken_;
  std::map<ProductShape, cublasLtMatmulAlgo_t> chosen_;
};

class Plan {
 public:
  Plan(Libraries& libraries, const ProductShape& shape, const ProductOperands& operands,
       Timings& timings)
      : x_(shape.x_turned ? layout(shape.in, shape.depth, shape.rows, shape.x_stride, shape.batch,
                                   shape.x_step)
                          : layout(shape.in, shape.rows, shape.depth, shape.x_stride, shape.batch,
                                   shape.x_step)),
        w_(shape.w_turned ? layout(shape.in, shape.depth, shape.columns, shape.w_stride,
                                   shape.batch, shape.w_step)
                          : layout(shape.in, shape.columns, shape.depth, shape.w_stride,
                                   shape.batch, shape.w_step)),
        y_(layout(shape.out, shape.rows, shape.columns, shape.y_stride, shape.batch,
                  shape.y_step)) {
    describe(shape);
    point(operands);
    algorithm_ = timings.chosen(shape);
    if (algorithm_) return;
    const std::vector<cublasLtMatmulHeuristicResult_t> found = candidates(libraries, shape);
    if (found.empty()) return;
    algorithm_ = found.front().algo;
    if (found.size() > 1 && worth_timing(shape) && timings.take(shape) &&
        choose(libraries, shape, operands, found)) {
      timings.choose(shape, *algorithm_);
    }
  }

  /// False when cuBLASLt has nothing for the shape.
  bool run(Libraries& libraries, const ProductOperands& operands) {
    if (!algorithm_) return false;
    check_cublas(launch(libraries, operands, *algorithm_), "multiplying matrices");
    return true;
  }

 private:
  static bool worth_timing(const ProductShape& shape) {
    if (shape.in == DType::f32) return false;
    const auto rows = static_cast<double>(shape.rows), columns = static_cast<double>(shape.columns),
               depth = static_cast<double>(shape.depth), batch = static_cast<double>(shape.batch);
    const double bytes = static_cast<double>(size_of(shape.in)) * (rows + columns) * depth +
                         static_cast<double>(size_of(shape.out)) * rows * columns;
    return 2 * rows * columns * depth * batch >= kWorthTiming || bytes * batch >= kWorthTimingBytes;
  }

  void describe(const ProductShape& shape) {
    cublasLtMatmulDesc_t made;
    check_cublas(cublasLtMatmulDescCreate(&made, CUBLAS_COMPUTE_32F, CUDA_R_32F),
                 "describing a product");
    operation_.reset(made);
    const cublasOperation_t turn_w = shape.w_turned ? CUBLAS_OP_N : CUBLAS_OP_T;
    const cublasOperation_t turn_x = shape.x_turned ? CUBLAS_OP_T : CUBLAS_OP_N;
    set(CUBLASLT_MATMUL_DESC_TRANSA, turn_w);
    set(CUBLASLT_MATMUL_DESC_TRANSB, turn_x);
    const cublasLtEpilogue_t epilogue =
        shape.bias   ? shape.gelu ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_BIAS
        : shape.gelu ? CUBLASLT_EPILOGUE_GELU
                     : CUBLASLT_EPILOGUE_DEFAULT;
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
    has_scales_ = shape.in == DType::f8_e4m3;
    if (has_scales_) {
      const int32_t each_row = CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
      set(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, each_row);
      set(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, each_row);
      const int8_t fast = 1;  // what quantising costs is far above what this does
      set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, fast);
    }
    adds_ = shape.adds;
    has_bias_ = shape.bias;
    if (has_bias_) {
      const int32_t bias_type = type_of(shape.out);
      set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, bias_type);
    }
  }

  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, const Value& value) {
    check_cublas(cublasLtMatmulDescSetAttribute(operation_.get(), attribute, &value, sizeof value),
                 "describing a product");
  }

  /// The heuristic looks at these too.
  void point(const ProductOperands& operands) {
    if (has_bias_) set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, operands.bias);
    if (!has_scales_) return;
    set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, operands.w_scales);
    set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, operands.x_scales);
  }

  std::vector<cublasLtMatmulHeuristicResult_t> candidates(Libraries& libraries,
                                                          const ProductShape& shape) const {
    cublasLtMatmulPreference_t made;
    check_cublas(cublasLtMatmulPreferenceCreate(&made), "describing a product");
    const Preference preference(made);
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      check_cublas(cublasLtMatmulPreferenceSetAttribute(made, attribute, &value, sizeof value),
                   "describing a product");
    };
    const size_t scratch = libraries.library_scratch().bytes;
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, scratch);
    const uint32_t whole_depth = CUBLASLT_REDUCTION_SCHEME_NONE;
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, whole_depth);
    const auto alignment = static_cast<uint32_t>(shape.alignment);
    for (const auto attribute :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
      prefer(attribute, alignment);
    }
    std::vector<cublasLtMatmulHeuristicResult_t> found(kCandidates);
    int count = 0;
    // f32 is for comparing: there a row's bytes may not depend on how many rows surround it, so
    // all numbers of rows share one algorithm.
    Layout x, y;
    const bool shared = shape.in == DType::f32 && shape.batch == 1 && !shape.x_turned;
    if (shared) {
      x = layout(shape.in, kSharedRows, shape.depth, shape.x_stride, 1, 0);
      y = layout(shape.out, kSharedRows, shape.columns, shape.y_stride, 1, 0);
    }
    const cublasLtMatrixLayout_t of_x = shared ? x.get() : x_.get();
    const cublasLtMatrixLayout_t of_y = shared ? y.get() : y_.get();
    const cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(libraries.blas(), operation_.get(), w_.get(), of_x, of_y,
                                       of_y, made, kCandidates, found.data(), &count);
    found.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<size_t>(count) : 0);
    std::erase_if(found, [](const auto& one) { return one.state != CUBLAS_STATUS_SUCCESS; });
    return found;
  }

  cublasStatus_t launch(Libraries& libraries, const ProductOperands& operands,
                        const cublasLtMatmulAlgo_t& algorithm) {
    point(operands);
    const float beta = adds_ ? 1.0f : 0.0f;
    const void* const added = adds_ ? operands.added : operands.y;
    const Scratch scratch = libraries.library_scratch();
    return cublasLtMatmul(libraries.blas(), operation_.get(), &operands.alpha, operands.w, w_.get(),
                          operands.x, x_.get(), &beta, added, y_.get(), operands.y, y_.get(),
                          &algorithm, scratch.data, scratch.bytes, libraries.stream());
  }

  /// Times candidates into a spare output, so that a plan can be made in the middle of anything.
  /// Without room for one, what cuBLASLt proposes first stays: false.
  bool choose(Libraries& libraries, const ProductShape& shape, const ProductOperands& operands,
              const std::vector<cublasLtMatmulHeuristicResult_t>& found) {
    cudaStreamCaptureStatus capturing = cudaStreamCaptureStatusNone;
    check_cuda(cudaStreamIsCapturing(libraries.stream(), &capturing), "choosing an algorithm");
    if (capturing != cudaStreamCaptureStatusNone) return false;
    const int64_t elements =
        (shape.batch - 1) * shape.y_step + (shape.rows - 1) * shape.y_stride + shape.columns;
    const size_t bytes = static_cast<size_t>(elements) * size_of(shape.out);
    const std::shared_ptr<void> first = libraries.spare(bytes), other = libraries.spare(bytes),
                                differences = libraries.spare(sizeof(unsigned));
    if (!first || !other || !differences) return false;
    check_cuda(cudaMemsetAsync(first.get(), 0, bytes, libraries.stream()), "choosing an algorithm");
    check_cuda(cudaMemsetAsync(other.get(), 0, bytes, libraries.stream()), "choosing an algorithm");
    ProductOperands trial = operands;
    trial.y = first.get();
    float best = time(libraries, trial, found.front().algo).value_or(1e30f);
    trial.y = other.get();
    for (size_t i = 1; i < found.size(); ++i) {
      const std::optional<float> took = time(libraries, trial, found[i].algo);
      // Two per cent: less is noise, and the heuristic's order is the better judge of noise.
      if (!took || *took > best * 0.98f) continue;
      unsigned differing = 0;
      count_differences(libraries.stream(), first.get(), other.get(), bytes,
                        static_cast<unsigned*>(differences.get()));
      check_cuda(cudaMemcpyAsync(&differing, differences.get(), sizeof differing,
                                 cudaMemcpyDeviceToHost, libraries.stream()),
                 "choosing an algorithm");
      check_cuda(cudaStreamSynchronize(libraries.stream()), "choosing an algorithm");
      if (differing != 0) continue;
      best = *took;
      algorithm_ = found[i].algo;
    }
    return true;
  }

  /// Milliseconds of three runs after one to warm up; nothing when it cannot run.
  std::optional<float> time(Libraries& libraries, const ProductOperands& operands,
                            const cublasLtMatmulAlgo_t& algorithm) {
    if (launch(libraries, operands, algorithm) != CUBLAS_STATUS_SUCCESS) return {};
    cudaEvent_t begin, end;
    check_cuda(cudaEventCreate(&begin), "timing");
    check_cuda(cudaEventCreate(&end), "timing");
    check_cuda(cudaEventRecord(begin, libraries.stream()), "timing");
    for (int i = 0; i < 3; ++i) launch(libraries, operands, algorithm);
    check_cuda(cudaEventRecord(end, libraries.stream()), "timing");
    check_cuda(cudaEventSynchronize(end), "timing");
    float took = 0;
    check_cuda(cudaEventElapsedTime(&took, begin, end), "timing");
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    return took;
  }

  Layout x_, w_, y_;
  Operation operation_;
  bool adds_ = false;
  bool has_bias_ = false;
  bool has_scales_ = false;
  std::optional<cublasLtMatmulAlgo_t> algorithm_;
};

struct Plans {
  PlanCache<ProductShape, Plan> cache;
  Timings timings;
};

/// The largest power of two up to 256 that the addresses of all matrices are multiples of.
int alignment_of(const ProductShape& shape, const ProductOperands& operands) {
  uintptr_t bits =
      reinterpret_cast<uintptr_t>(operands.x) | reinterpret_cast<uintptr_t>(operands.w) |
      reinterpret_cast<uintptr_t>(operands.bias) | reinterpret_cast<uintptr_t>(operands.y) |
      reinterpret_cast<uintptr_t>(operands.added) | 256;
  if (shape.batch > 1) {
    bits |= static_cast<uintptr_t>(shape.x_step | shape.w_step) * size_of(shape.in);
    bits |= static_cast<uintptr_t>(shape.y_step) * size_of(shape.out);
  }
  return static_cast<int>(bits & (~bits + 1));
}

}  // namespace

void product(Libraries& libraries, ProductShape shape, const ProductOperands& operands) {
  if (shape.rows == 0 || shape.columns == 0 || shape.batch == 0) return;
  shape.alignment = alignment_of(shape, operands);
  if (takes_few_rows(shape)) return few_rows_product(libraries.stream(), shape, operands);
  auto& plans = libraries.part<Plans>();
  Plan& plan =
      plans.cache.get(shape, [&] { return Plan(libraries, shape, operands, plans.timings); });
  if (plan.run(libraries, operands)) return;
  check(shape.in != DType::f8_e4m3, "cuBLASLt has no product of f8_e4m3 for the shape");
  plain_product(libraries.stream(), shape, operands);
}

}  // namespace newbie::ops::cuda
