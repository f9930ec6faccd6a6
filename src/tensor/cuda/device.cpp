#include <fmt/format.h>

#include "base/parallel.h"
#include "tensor/cuda/context.h"
#include "tensor/cuda/stream_lane.h"
#include "tensor/keep_memory.h"

namespace newbie {
namespace cuda {
namespace {

constexpr int kOldestMajor = 8;  // bf16 arithmetic

/// Blocks come from the driver's pool in the order of the stream, so that freeing never waits.
class StreamAllocator final : public Allocator {
 public:
  StreamAllocator(int index, cudaStream_t stream) : index_(index), stream_(stream) {}
  ~StreamAllocator() override { release_cache(); }

 private:
  void* raw_allocate(size_t bytes) override {
    void* data = nullptr;
    if (cudaSetDevice(index_) != cudaSuccess) return nullptr;
    if (cudaMallocAsync(&data, bytes, stream_) == cudaSuccess) return data;
    cudaGetLastError();  // clears it: Allocator reports the failure
    // The pool keeps freed blocks until the stream has passed them.
    cudaStreamSynchronize(stream_);
    if (cudaMallocAsync(&data, bytes, stream_) == cudaSuccess) return data;
    cudaGetLastError();
    return nullptr;
  }
  void raw_release(void* data, size_t) override {
    // Nothing can be done about a failure here; at the end of a process the driver may be gone.
    if (cudaSetDevice(index_) == cudaSuccess) cudaFreeAsync(data, stream_);
  }

  int index_;
  cudaStream_t stream_;
};

/// Where blocks come from.
cudaMemPool_t pool_of(int index) {
  cudaMemPool_t pool;
  require(cudaDeviceGetDefaultMemPool(&pool, index), "asking for the device's memory");
  return pool;
}

Error unavailable(std::string what) {
  return Error("device.unavailable", std::move(what))
      .hint("`nvidia-smi` shows the devices and the driver; --device cpu always works");
}

}  // namespace

void require(cudaError_t status, std::string_view what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  throw Error("device.failed", fmt::format("{}: {}", what, cudaGetErrorString(status)))
      .hint("another program may have used up or reset the device; `nvidia-smi` shows its state");
}

Context::Context(int index) : index_(index) {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess) {
    cudaGetLastError();
    throw unavailable(fmt::format("no NVIDIA device can be used: {}", cudaGetErrorString(found)));
  }
  if (index < 0 || index >= count) {
    throw unavailable(fmt::format("there is no device cuda:{}, this machine has {}", index, count));
  }
  cudaDeviceProp properties{};
  require(cudaGetDeviceProperties(&properties, index), "reading the device's properties");
  if (properties.major < kOldestMajor) {
    throw unavailable(fmt::format("{} has compute capability {}.{}, at least {}.0 is needed",
                                  properties.name, properties.major, properties.minor,
                                  kOldestMajor));
  }
  activate();
  require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream");
  kind = DeviceKind::cuda;
  name = fmt::format("cuda:{}", index);
  device_class = fmt::format("cuda sm_{}{}", properties.major, properties.minor);
  prefers_bf16 = true;
  capability = 10 * properties.major + properties.minor;
  threads = hardware_threads();
  processors_ = properties.multiProcessorCount;
  allocator = std::make_unique<StreamAllocator>(index, stream_);
  staging_ = std::make_unique<Staging>(stream_, threads);
}

Context::~Context() {
  if (cudaSetDevice(index_) == cudaSuccess && stream_) cudaStreamSynchronize(stream_);
  parts_.clear();
  staging_.reset();
  allocator.reset();
  if (stream_) cudaStreamDestroy(stream_);
}

void Context::upload(void* to, const void* from, size_t bytes) {
  activate();
  staging_->upload(to, from, bytes);
}

void Context::upload(void* to, const ByteSource& source, size_t bytes) {
  activate();
  staging_->upload(to, source, bytes);
}

void Context::download(void* to, const void* from, size_t bytes) {
  activate();
  staging_->download(to, from, bytes);
}

void Context::clear(void* to, size_t bytes) {
  activate();
  if (bytes > 0) require(cudaMemsetAsync(to, 0, bytes, stream_), "clearing memory");
}

void Context::synchronize() {
  activate();
  require(cudaStreamSynchronize(stream_), "waiting for the device");
}

HardwareMemory Context::memory() const {
  activate();
  size_t available = 0, total = 0;
  require(cudaMemGetInfo(&available, &total), "asking for the device's memory");
  // What the pool keeps for later is to be had, too.
  uint64_t reserved = 0, used = 0;
  const cudaMemPool_t pool = pool_of(index_);
  for (const auto& [attribute, bytes] : {std::pair{cudaMemPoolAttrReservedMemCurrent, &reserved},
                                         {cudaMemPoolAttrUsedMemCurrent, &used}}) {
    require(cudaMemPoolGetAttribute(pool, attribute, bytes), "asking for the device's memory");
  }
  return {total, available + reserved - used};
}

std::shared_ptr<std::byte> Context::pinned(size_t bytes) {
  activate();
  void* data = nullptr;
  if (cudaHostAlloc(&data, bytes, cudaHostAllocDefault) != cudaSuccess) {
    cudaGetLastError();
    throw Error("memory.exhausted",
                fmt::format("{} MiB of pinned host memory cannot be had", bytes >> 20))
        .hint("--offload needs that much of the machine's memory; close other programs");
  }
  return {static_cast<std::byte*>(data), [](std::byte* begin) { cudaFreeHost(begin); }};
}

std::unique_ptr<CopyLane> Context::copy_lane() {
  activate();
  return std::make_unique<StreamLane>(stream_);
}

Context& context_of(const Device& device) {
  check(device.kind() == DeviceKind::cuda && !device.plans(), "context_of: not a CUDA device");
  auto& context = static_cast<Context&>(device.state());
  context.activate();
  return context;
}

}  // namespace cuda

void keep_freed_memory(const Device& device) {
  if (device.kind() != DeviceKind::cuda || device.plans()) return;
  // What the pool keeps the libraries cannot take by themselves: an eighth is left to them.
  uint64_t most = device.memory().total / 8 * 7;
  cuda::require(cudaMemPoolSetAttribute(cuda::pool_of(cuda::context_of(device).index()),
                                        cudaMemPoolAttrReleaseThreshold, &most),
                "keeping the device's memory");
}

Device Device::cuda(int index) { return Device(std::make_shared<cuda::Context>(index)); }

}  // namespace newbie
