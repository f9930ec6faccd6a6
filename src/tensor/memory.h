#pragma once
/// Counted, cached memory of one device. The counts are the memory report.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

namespace newbie {

/// Whose memory it is.
enum class Component : uint8_t { other, encoder, dit, vae };
/// What it is for.
enum class MemoryUse : uint8_t { weights, activations, workspace };

inline constexpr size_t kComponents = 4;
inline constexpr size_t kMemoryUses = 3;

std::string_view name_of(Component component);
std::string_view name_of(MemoryUse use);

struct MemoryCount {
  uint64_t live = 0;
  uint64_t peak = 0;
};

/// Live and peak bytes per component and use; `total` peaks on its own.
struct MemoryReport {
  std::array<std::array<MemoryCount, kMemoryUses>, kComponents> counts{};
  MemoryCount total;
  uint64_t cached = 0;   ///< freed blocks kept for reuse
  MemoryCount reserved;  ///< what the system gave: blocks in use and cached ones

  const MemoryCount& of(Component c, MemoryUse u) const {
    return counts[static_cast<size_t>(c)][static_cast<size_t>(u)];
  }
};

struct MemoryTag {
  Component component = Component::other;
  MemoryUse use = MemoryUse::activations;
};

/// Hands out blocks, keeps freed ones for reuse, counts all of them. Thread-safe.
class Allocator {
 public:
  virtual ~Allocator() = default;

  struct Block {
    void* data = nullptr;
    size_t bytes = 0;  ///< what was reserved, at least what was asked
    MemoryTag tag;
  };

  /// 64-byte aligned, not cleared. Error: `memory.exhausted` with what was asked, what is in use
  /// and the limit.
  Block allocate(size_t bytes, MemoryTag tag);
  void release(const Block& block);
  /// Counts memory that lives elsewhere (mapped weights).
  void count_foreign(int64_t bytes, MemoryTag tag);
  /// Gives cached blocks back to the system.
  void trim();
  /// Never holds more than this, blocks in use and cached ones together; 0 = what the system gives.
  void set_limit(uint64_t bytes);
  MemoryReport report() const;
  void reset_peaks();

 protected:
  virtual void* raw_allocate(size_t bytes) = 0;  ///< nullptr when there is none
  virtual void raw_release(void* data, size_t bytes) = 0;
  /// Derived destructors call this first.
  void release_cache();

 private:
  void count(int64_t bytes, MemoryTag tag);
  void* reserve(size_t bytes);
  void give_back(void* data, size_t bytes);

  mutable std::mutex mutex_;
  uint64_t limit_ = 0;
  std::multimap<size_t, void*> free_;  // by size
  MemoryReport report_;
};

}  // namespace newbie
