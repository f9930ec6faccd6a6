#pragma once
/// The CUDA side of a device, for the code under the folders cuda/.

#include <cuda_runtime_api.h>

#include <memory>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "tensor/cuda/staging.h"
#include "tensor/device_state.h"

namespace newbie::cuda {

/// Throws Error `device.failed` naming what was asked, unless it went well.
void require(cudaError_t status, std::string_view what);

/// What a device keeps: its stream, its properties and what libraries keep for it.
class Context final : public Device::State {
 public:
  /// Errors: `device.unavailable`, `device.failed`.
  explicit Context(int index);
  ~Context() override;

  void upload(void* to, const void* from, size_t bytes) override;
  void upload(void* to, const ByteSource& source, size_t bytes) override;
  void download(void* to, const void* from, size_t bytes) override;
  void clear(void* to, size_t bytes) override;
  void synchronize() override;
  HardwareMemory memory() const override;
  std::shared_ptr<std::byte> pinned(size_t bytes) override;
  std::unique_ptr<CopyLane> copy_lane() override;

  int index() const { return index_; }
  cudaStream_t stream() const { return stream_; }
  int processors() const { return processors_; }
  /// Makes the device the calling thread's current one, as launches require.
  void activate() const { require(cudaSetDevice(index_), "selecting the device"); }

  /// The device's one T (handles and plans of a library), made as T(args...) on first use and
  /// destroyed before the stream is.
  template <class T, class... Args>
  T& part(Args&&... args) {
    std::shared_ptr<void>& slot = parts_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>(std::forward<Args>(args)...);
    return *static_cast<T*>(slot.get());
  }

 private:
  int index_;
  int processors_ = 0;
  cudaStream_t stream_ = nullptr;
  std::unique_ptr<Staging> staging_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> parts_;
};

/// The context of a CUDA device, made current for the calling thread.
Context& context_of(const Device& device);
/// Its stream, likewise.
inline cudaStream_t stream_of(const Device& device) { return context_of(device).stream(); }

}  // namespace newbie::cuda
