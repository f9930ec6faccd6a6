#include "tensor/device.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/parallel.h"
#include "tensor/device_state.h"

namespace newbie {
namespace {

/// What programs could take, pages of files that can be dropped among it.
uint64_t available_bytes() {
  std::ifstream lines("/proc/meminfo");
  std::string name, unit;
  for (uint64_t kib = 0; lines >> name >> kib;) {
    if (name == "MemAvailable:") return kib << 10;
    std::getline(lines, unit);
  }
  return 0;
}

HardwareMemory host_memory() {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGE_SIZE));
  return {static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page, available_bytes()};
}

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

class HostState final : public Device::State {
 public:
  void upload(void* to, const void* from, size_t bytes) override { copy(to, from, bytes); }
  void download(void* to, const void* from, size_t bytes) override { copy(to, from, bytes); }
  void clear(void* to, size_t bytes) override {
    if (bytes > 0) std::memset(to, 0, bytes);
  }
  void synchronize() override {}
  HardwareMemory memory() const override { return host_memory(); }
  void upload(void* to, const ByteSource& source, size_t bytes) override {
    source(0, static_cast<std::byte*>(to), bytes);
  }
  std::shared_ptr<std::byte> pinned(size_t bytes) override {
    return {new std::byte[bytes], std::default_delete<std::byte[]>()};
  }
  /// Copies at once: every order is kept.
  std::unique_ptr<CopyLane> copy_lane() override {
    struct Lane final : CopyLane {
      void follow_ops() override {}
      void upload(void* to, const void* from, size_t bytes) override { copy(to, from, bytes); }
      void mark(size_t) override {}
      void lead_ops(size_t) override {}
    };
    return std::make_unique<Lane>();
  }

 private:
  static void copy(void* to, const void* from, size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
};

bool host_prefers_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

std::string host_class() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return "cpu avx512_bf16";
  if (__builtin_cpu_supports("avx512bw")) return "cpu avx512";
  if (__builtin_cpu_supports("avx2")) return "cpu avx2";
#endif
  return "cpu generic";
}

}  // namespace

Device Device::cpu(int threads) {
  auto state = std::make_shared<HostState>();
  state->name = "cpu";
  state->device_class = host_class();
  state->prefers_bf16 = host_prefers_bf16();
  state->threads = threads > 0 ? threads : hardware_threads();
  state->allocator = std::make_unique<HostAllocator>();
  return Device(std::move(state));
}

bool Device::prefers_bf16() const { return state_->prefers_bf16; }
bool Device::built_for(DeviceKind kind) {
#if NEWBIE_CUDA
  return kind == DeviceKind::cpu || kind == DeviceKind::cuda;
#else
  return kind == DeviceKind::cpu;
#endif
}

bool Device::plans() const { return state_->plans; }
int Device::capability() const { return state_->capability; }
HardwareMemory Device::memory() const { return state_->memory(); }
std::string Device::device_class() const { return state_->device_class; }
DeviceKind Device::kind() const { return state_->kind; }
std::string_view Device::name() const { return state_->name; }
int Device::threads() const { return state_->threads; }
Allocator& Device::allocator() const { return *state_->allocator; }
const CancelToken& Device::cancel() const { return state_->cancel; }
void Device::set_cancel(CancelToken token) const { state_->cancel = std::move(token); }
MemoryTag Device::tag() const { return state_->tag; }

void Device::upload(void* to, const void* from, size_t bytes) const {
  state_->upload(to, from, bytes);
}
void Device::download(void* to, const void* from, size_t bytes) const {
  state_->download(to, from, bytes);
}
void Device::clear(void* to, size_t bytes) const { state_->clear(to, bytes); }
void Device::synchronize() const { state_->synchronize(); }

MemoryScope::MemoryScope(const Device& device, Component component, MemoryUse use)
    : device_(device), before_(device.tag()) {
  device_.state_->tag = {component, use};
}

MemoryScope::MemoryScope(const Device& device, MemoryUse use)
    : MemoryScope(device, device.tag().component, use) {}

MemoryScope::~MemoryScope() { device_.state_->tag = before_; }

}  // namespace newbie
