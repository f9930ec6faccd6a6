#pragma once
/// Two pinned buffers through which host memory goes to a device and back: one is filled while the
/// other travels.

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>

#include "tensor/copy_lane.h"

namespace newbie::cuda {

/// Belongs to one stream; the buffers are made on first use.
class Staging {
 public:
  Staging(cudaStream_t stream, int threads) : stream_(stream), threads_(threads) {}
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// Returns when the host bytes were read, maybe before they have arrived.
  void upload(void* to, const void* from, size_t bytes);
  /// Likewise from a source, whose pieces several threads read.
  void upload(void* to, const ByteSource& source, size_t bytes);
  /// Returns when the bytes have arrived.
  void download(void* to, const void* from, size_t bytes);

 private:
  struct Buffer {
    std::byte* data = nullptr;
    cudaEvent_t free = nullptr;  ///< the last copy through it is done
    size_t used = 0;             ///< bytes from its start that copies may still need
  };

  void open();
  /// The buffer after the current one, once nothing needs it.
  Buffer& next_buffer();
  void copy_on_host(void* to, const void* from, size_t bytes) const;
  void read(std::byte* to, const ByteSource& source, size_t at, size_t bytes) const;

  cudaStream_t stream_;
  int threads_;
  std::array<Buffer, 2> buffers_;
  size_t current_ = 0;
};

}  // namespace newbie::cuda
