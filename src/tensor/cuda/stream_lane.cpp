#include "tensor/cuda/stream_lane.h"

#include "tensor/cuda/context.h"

namespace newbie::cuda {

StreamLane::StreamLane(cudaStream_t ops) : ops_(ops) {
  require(cudaStreamCreateWithFlags(&copies_, cudaStreamNonBlocking), "making a stream of copies");
  require(cudaEventCreateWithFlags(&asked_, cudaEventDisableTiming), "making an event");
  for (cudaEvent_t& event : done_) {
    require(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event");
  }
}

StreamLane::~StreamLane() {
  for (cudaEvent_t event : done_) {
    if (event) cudaEventDestroy(event);
  }
  if (asked_) cudaEventDestroy(asked_);
  if (copies_) cudaStreamDestroy(copies_);
}

void StreamLane::follow_ops() {
  require(cudaEventRecord(asked_, ops_), "recording an event");
  require(cudaStreamWaitEvent(copies_, asked_, 0), "ordering copies");
}

void StreamLane::upload(void* to, const void* from, size_t bytes) {
  require(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, copies_),
          "copying to the device");
}

void StreamLane::mark(size_t slot) {
  require(cudaEventRecord(done_[slot], copies_), "recording an event");
}

void StreamLane::lead_ops(size_t slot) {
  require(cudaStreamWaitEvent(ops_, done_[slot], 0), "ordering copies");
}

}  // namespace newbie::cuda
