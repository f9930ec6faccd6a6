#include "ops/cuda/finite_check.h"

#include <vector>

#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {
namespace {

/// A pinned number and the event behind its copy.
struct Slot {
  int64_t* number = nullptr;
  cudaEvent_t arrived = nullptr;
};

/// Slots are made once and used again: pinning memory would wait for the device.
class Slots {
 public:
  ~Slots() {
    for (const Slot& slot : all_) {
      cudaEventDestroy(slot.arrived);
      cudaFreeHost(slot.number);
    }
  }
  Slot take() {
    if (free_.empty()) free_.push_back(make());
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(const Slot& slot) { free_.push_back(slot); }

 private:
  Slot make() {
    Slot slot;
    void* data = nullptr;
    check_cuda(cudaHostAlloc(&data, sizeof(int64_t), cudaHostAllocDefault), "pinning a number");
    slot.number = static_cast<int64_t*>(data);
    check_cuda(cudaEventCreateWithFlags(&slot.arrived, cudaEventDisableTiming), "making an event");
    all_.push_back(slot);
    return slot;
  }

  std::vector<Slot> all_, free_;
};

class Arriving final : public FiniteCheck::Answer {
 public:
  explicit Arriving(const Tensor& number)
      : device_(number.device()),
        slots_(libraries_of(device_).part<Slots>()),
        slot_(slots_.take()) {
    const cudaStream_t stream = libraries_of(device_).stream();
    check_cuda(cudaMemcpyAsync(slot_.number, number.raw(), sizeof(int64_t), cudaMemcpyDeviceToHost,
                               stream),
               "copying a number");
    check_cuda(cudaEventRecord(slot_.arrived, stream), "recording an event");
  }
  ~Arriving() override {
    cudaEventSynchronize(slot_.arrived);  // the copy must not land in somebody else's number
    slots_.give_back(slot_);
  }
  bool ready() override { return cudaEventQuery(slot_.arrived) == cudaSuccess; }
  int64_t wait() override {
    check_cuda(cudaEventSynchronize(slot_.arrived), "waiting for the device");
    return *slot_.number;
  }

 private:
  Device device_;
  Slots& slots_;
  Slot slot_;
};

}  // namespace

std::shared_ptr<FiniteCheck::Answer> answer_of(const Tensor& number) {
  return std::make_shared<Arriving>(number);
}

}  // namespace newbie::ops::cuda
