#pragma once
/// What the ops of one CUDA device share: the stream they run on, the libraries' handles, the
/// libraries' scratch memory, and plans that are costly to make.

#include <cublasLt.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <map>
#include <memory>
#include <string_view>
#include <typeindex>

#include "ops/start.h"
#include "tensor/dtype.h"
#include "tensor/memory.h"

namespace newbie {
class Device;
}

namespace newbie::ops::cuda {

/// Errors: `device.failed` with what was being done and the library's own words.
void check_cuda(cudaError_t status, std::string_view doing);
void check_cublas(cublasStatus_t status, std::string_view doing);
void check_cudnn(cudnnStatus_t status, std::string_view doing);

/// After a kernel launch: whether it could start.
inline void check_launch(std::string_view kernel) { check_cuda(cudaGetLastError(), kernel); }

/// Memory that one call on the stream may scribble on.
struct Scratch {
  void* data = nullptr;
  size_t bytes = 0;
};

/// One per device, driven by one thread at a time, like the device.
class Libraries {
 public:
  /// Borrows the stream and the allocator, which must outlive it.
  Libraries(int ordinal, cudaStream_t stream, Allocator& allocator);
  ~Libraries();
  Libraries(const Libraries&) = delete;
  Libraries& operator=(const Libraries&) = delete;

  int ordinal() const { return ordinal_; }
  cudaStream_t stream() const { return stream_; }
  /// Compute capability: 90 for 9.0.
  int capability() const { return capability_; }
  int processors() const { return processors_; }
  /// Made at first use: a process that never multiplies never loads cuBLASLt.
  cublasLtHandle_t blas();
  cudnnHandle_t dnn();
  /// Calls on the stream follow one another, so all libraries share it.
  Scratch library_scratch();

  /// Device memory that is freed on the stream when the returned handle goes away. For what is
  /// needed while a plan is made, and for the little that it keeps. Error: `memory.exhausted`.
  std::shared_ptr<void> once(size_t bytes);
  /// The same; null when there is no room, even without what the allocator keeps for later.
  std::shared_ptr<void> spare(size_t bytes);

  /// A part that lives as long as the libraries: a family's plans.
  template <class Part>
  Part& part() {
    std::shared_ptr<void>& slot = parts_[std::type_index(typeid(Part))];
    if (!slot) slot = std::make_shared<Part>();
    return *static_cast<Part*>(slot.get());
  }

 private:
  int ordinal_;
  cudaStream_t stream_;
  int capability_ = 0, processors_ = 0;
  cublasLtHandle_t blas_ = nullptr;
  cudnnHandle_t dnn_ = nullptr;
  Allocator& allocator_;
  Allocator::Block scratch_;
  std::map<std::type_index, std::shared_ptr<void>> parts_;
};

/// The libraries of a CUDA device.
Libraries& libraries_of(const Device& device);

/// Makes Plan(key) once and keeps it. Bounded: a full cache starts anew.
template <class Key, class Plan>
class PlanCache {
 public:
  template <class Make>
  Plan& get(const Key& key, const Make& make) {
    if (const auto found = made_.find(key); found != made_.end()) return *found->second;
    if (made_.size() >= kMost) made_.clear();
    return *made_.emplace(key, std::make_unique<Plan>(make())).first->second;
  }

 private:
  static constexpr size_t kMost = 512;
  std::map<Key, std::unique_ptr<Plan>> made_;
};

}  // namespace newbie::ops::cuda
