#pragma once
/// A copy lane as a stream of its own.

#include <cuda_runtime_api.h>

#include <array>

#include "tensor/copy_lane.h"

namespace newbie::cuda {

class StreamLane final : public CopyLane {
 public:
  /// Borrows the stream of the ops.
  explicit StreamLane(cudaStream_t ops);
  /// Copies that were asked for are still done.
  ~StreamLane() override;

  void follow_ops() override;
  void upload(void* to, const void* from, size_t bytes) override;
  void mark(size_t slot) override;
  void lead_ops(size_t slot) override;

 private:
  cudaStream_t ops_;
  cudaStream_t copies_ = nullptr;
  cudaEvent_t asked_ = nullptr;
  std::array<cudaEvent_t, kSlots> done_{};
};

}  // namespace newbie::cuda
