#include "tensor/device.h"

#include <sys/mman.h>

#include <cstdlib>

#include "base/parallel.h"

namespace newbie {
namespace {

class HostAllocator final : public Allocator {
 public:
  ~HostAllocator() override { release_cache(); }

 private:
  static constexpr size_t kMapped = size_t{1} << 20;

  // Large blocks come straight from the system with huge pages asked for; freed ones go straight
  // back.
  void* raw_allocate(size_t bytes) override {
    if (bytes < kMapped) return std::aligned_alloc(64, bytes);
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return nullptr;
    ::madvise(data, bytes, MADV_HUGEPAGE);
    return data;
  }
  void raw_release(void* data, size_t bytes) override {
    if (bytes < kMapped) {
      std::free(data);
    } else {
      ::munmap(data, bytes);
    }
  }
};

}  // namespace

struct Device::State {
  DeviceKind kind = DeviceKind::cpu;
  std::string name = "cpu";
  int threads = 1;
  std::unique_ptr<Allocator> allocator;
  CancelToken cancel;
  MemoryTag tag;
};

Device Device::cpu(int threads) {
  auto state = std::make_shared<State>();
  state->threads = threads > 0 ? threads : hardware_threads();
  state->allocator = std::make_unique<HostAllocator>();
  return Device(std::move(state));
}

bool Device::prefers_bf16() const {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

std::string Device::device_class() const {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return "cpu avx512_bf16";
  if (__builtin_cpu_supports("avx512bw")) return "cpu avx512";
  if (__builtin_cpu_supports("avx2")) return "cpu avx2";
#endif
  return "cpu generic";
}

DeviceKind Device::kind() const { return state_->kind; }
std::string_view Device::name() const { return state_->name; }
int Device::threads() const { return state_->threads; }
Allocator& Device::allocator() const { return *state_->allocator; }
const CancelToken& Device::cancel() const { return state_->cancel; }
void Device::set_cancel(CancelToken token) const { state_->cancel = std::move(token); }
MemoryTag Device::tag() const { return state_->tag; }

MemoryScope::MemoryScope(const Device& device, Component component, MemoryUse use)
    : device_(device), before_(device.tag()) {
  device_.state_->tag = {component, use};
}

MemoryScope::MemoryScope(const Device& device, MemoryUse use)
    : MemoryScope(device, device.tag().component, use) {}

MemoryScope::~MemoryScope() { device_.state_->tag = before_; }

}  // namespace newbie
