#include "ops/cuda/libraries.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace newbie::ops::cuda {
namespace {

[[noreturn]] void fail(std::string_view doing, std::string_view words) {
  throw Error("device.failed", fmt::format("{}: {}", doing, words));
}

}  // namespace

void check_cuda(cudaError_t status, std::string_view doing) {
  if (status != cudaSuccess) fail(doing, cudaGetErrorString(status));
}

void check_cublas(cublasStatus_t status, std::string_view doing) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(doing, cublasLtGetStatusString(status));
}

void check_cudnn(cudnnStatus_t status, std::string_view doing) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char words[512] = "";
  cudnnGetLastErrorString(words, sizeof words);
  fail(doing, fmt::format("{} {}", cudnnGetErrorString(status), words));
}

Libraries::Libraries(int ordinal, cudaStream_t stream, Allocator& allocator)
    : ordinal_(ordinal), stream_(stream), allocator_(allocator) {
  int major = 0, minor = 0;
  for (const auto& [attribute, value] : {std::pair{cudaDevAttrComputeCapabilityMajor, &major},
                                         std::pair{cudaDevAttrComputeCapabilityMinor, &minor},
                                         std::pair{cudaDevAttrMultiProcessorCount, &processors_}}) {
    check_cuda(cudaDeviceGetAttribute(value, attribute, ordinal), "asking about the device");
  }
  capability_ = 10 * major + minor;
}

Libraries::~Libraries() {
  parts_.clear();
  if (dnn_) cudnnDestroy(dnn_);
  if (blas_) cublasLtDestroy(blas_);
  allocator_.release(scratch_);
}

cublasLtHandle_t Libraries::blas() {
  if (!blas_) check_cublas(cublasLtCreate(&blas_), "starting cuBLASLt");
  return blas_;
}

cudnnHandle_t Libraries::dnn() {
  if (!dnn_) {
    check_cudnn(cudnnCreate(&dnn_), "starting cuDNN");
    check_cudnn(cudnnSetStream(dnn_, stream_), "starting cuDNN");
  }
  return dnn_;
}

Scratch Libraries::library_scratch() {
  if (!scratch_.data) scratch_ = allocator_.allocate(kLibraryScratch, kLibraryScratchTag);
  return {scratch_.data, kLibraryScratch};
}

std::shared_ptr<void> Libraries::spare(size_t bytes) {
  void* data = nullptr;
  const auto take = [&] {
    const cudaError_t status = cudaMallocAsync(&data, bytes, stream_);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      return false;
    }
    check_cuda(status, "taking memory for a plan");
    return true;
  };
  if (!take()) {
    allocator_.trim();
    check_cuda(cudaStreamSynchronize(stream_), "taking memory for a plan");
    if (!take()) return nullptr;
  }
  return {data, [stream = stream_](void* memory) { cudaFreeAsync(memory, stream); }};
}

std::shared_ptr<void> Libraries::once(size_t bytes) {
  std::shared_ptr<void> data = spare(bytes);
  if (!data) {
    throw Error("memory.exhausted",
                fmt::format("{} bytes more for a plan of a library cannot be had", bytes))
        .hint("make the picture or the batch smaller, or close other programs");
  }
  return data;
}

}  // namespace newbie::ops::cuda
