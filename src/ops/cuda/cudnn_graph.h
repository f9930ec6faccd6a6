#pragma once
/// Graphs of operations that cuDNN turns into one kernel or few, through its backend interface.

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

cudnnDataType_t cudnn_type(DType type);

/// One object of cuDNN's backend interface.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);
  Descriptor(Descriptor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Descriptor();

  template <class Value>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
           const std::vector<Value>& values) {
    set_raw(name, type, static_cast<int64_t>(values.size()), values.data());
  }
  template <class Value>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const Value& value) {
    set_raw(name, type, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, const Descriptor& part) {
    set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &part.handle_);
  }
  void finish();
  cudnnBackendDescriptor_t get() const { return handle_; }

 private:
  void set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
               const void* values);
  cudnnBackendDescriptor_t handle_ = nullptr;
};

/// What a plan may do.
struct PlanRules {
  size_t most_scratch = size_t{1} << 30;
  /// f32 products as they are written: no TF32, no Winograd, no FFT.
  bool exact = false;
};

/// A graph made executable for one device.
class GraphPlan {
 public:
  GraphPlan(Descriptor config, Descriptor plan, std::vector<int64_t> tensors, size_t scratch)
      : config_(std::move(config)),
        plan_(std::move(plan)),
        tensors_(std::move(tensors)),
        scratch_(scratch) {}

  size_t scratch_bytes() const { return scratch_; }
  /// `pointers` in the order the graph's real tensors and scalars were made; scalars point to host
  /// values.
  void run(Libraries& libraries, const std::vector<const void*>& pointers, Scratch scratch) const;

 private:
  Descriptor config_, plan_;
  std::vector<int64_t> tensors_;
  size_t scratch_;
};

class Graph {
 public:
  using Tensor = size_t;
  using Sizes = std::vector<int64_t>;

  /// A tensor in device memory. Sequences of different lengths, one after another, have `begins`
  /// [batch + 1,1,1,1], int32: the element with which each begins. `sizes` then holds the longest.
  Tensor tensor(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type,
                std::optional<Tensor> begins = {});
  /// One number the caller passes by host pointer.
  Tensor scalar(cudnnDataType_t type, int axes = 4);
  /// A value between operations that need not exist in memory; dense.
  Tensor between(const Sizes& sizes, cudnnDataType_t type = CUDNN_DATA_FLOAT);
  /// As `between`, with strides of its own.
  Tensor between(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type,
                 std::optional<Tensor> begins = {});

  /// How many rows, columns and terms of a product count, per member of the batch: int32
  /// [batch,1,1,1].
  struct Extents {
    std::optional<Tensor> rows = {}, columns = {}, depth = {};
  };
  void matmul(Tensor a, Tensor b, Tensor c) { matmul(a, b, c, {}); }
  void matmul(Tensor a, Tensor b, Tensor c, const Extents& extents);
  void pointwise(cudnnPointwiseMode_t mode, std::vector<Tensor> in, Tensor out,
                 cudnnDataType_t compute = CUDNN_DATA_FLOAT);
  /// The place of each element along an axis.
  void index(Tensor like, Tensor out, int64_t axis, cudnnDataType_t compute = CUDNN_DATA_FLOAT);
  void reduce(cudnnReduceTensorOp_t mode, Tensor in, Tensor out);
  /// The same elements by the sizes and strides of `out`.
  void reshape(Tensor in, Tensor out);
  void convolution(Tensor x, Tensor w, Tensor y, const Sizes& stride, const Sizes& before,
                   const Sizes& after);
  /// The other two sides of a convolution: dx from dy and w, dw from x and dy.
  void convolution_data(Tensor dy, Tensor w, Tensor dx, const Sizes& stride, const Sizes& before,
                        const Sizes& after);
  void convolution_filter(Tensor x, Tensor dy, Tensor dw, const Sizes& stride, const Sizes& before,
                          const Sizes& after);

  /// The first engine configuration that keeps the rules, in the order of cuDNN's heuristic: the
  /// same on every run. Nothing, with why, when there is none.
  std::optional<GraphPlan> plan(Libraries& libraries, const PlanRules& rules, std::string& why);

 private:
  Tensor add(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type, bool is_virtual,
             bool is_scalar, std::optional<Tensor> begins = {});
  void add(Descriptor operation);
  /// How a convolution moves over the image.
  const Descriptor& steps(const Sizes& stride, const Sizes& before, const Sizes& after);

  std::vector<Descriptor> tensors_;
  std::vector<int64_t> real_;
  std::vector<Descriptor> modes_;  // what operations refer to
  std::vector<Descriptor> operations_;
};

}  // namespace newbie::ops::cuda
