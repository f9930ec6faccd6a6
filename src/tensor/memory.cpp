#include "tensor/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace newbie {
namespace {

// Small blocks are rounded to cache lines, large ones to huge pages, so that sizes repeat.
constexpr size_t kLine = 64;
constexpr size_t kLarge = size_t{1} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
/// What may be cached however little is in use.
constexpr uint64_t kAlwaysSpare = uint64_t{1} << 30;

size_t rounded(size_t bytes) {
  const size_t unit = bytes >= kLarge ? kHugePage : kLine;
  return std::max(unit, (bytes + unit - 1) / unit * unit);
}

void add(MemoryCount& count, int64_t bytes) {
  count.live = static_cast<uint64_t>(static_cast<int64_t>(count.live) + bytes);
  count.peak = std::max(count.peak, count.live);
}

}  // namespace

std::string_view name_of(Component component) {
  static constexpr std::array<std::string_view, kComponents> kNames{"other", "encoder", "dit",
                                                                    "vae"};
  return kNames[static_cast<size_t>(component)];
}

std::string_view name_of(MemoryUse use) {
  static constexpr std::array<std::string_view, kMemoryUses> kNames{"weights", "activations",
                                                                    "workspace"};
  return kNames[static_cast<size_t>(use)];
}

void Allocator::count(int64_t bytes, MemoryTag tag) {
  add(report_.counts[static_cast<size_t>(tag.component)][static_cast<size_t>(tag.use)], bytes);
  add(report_.total, bytes);
}

void* Allocator::reserve(size_t bytes) {
  // Batches of ever other sizes would fill a device with what the last ones left behind. Beyond
  // half as much again as was in use at once, blocks go back: first those that come nearest below
  // this one, as the same tensors of another batch do.
  const uint64_t peak = std::max(report_.total.peak, report_.total.live + bytes);
  const uint64_t most = peak + peak / 2 + kAlwaysSpare;
  while (!free_.empty() && report_.reserved.live + bytes > most) {
    auto least_likely = free_.lower_bound(bytes);
    if (least_likely != free_.begin()) --least_likely;
    report_.cached -= least_likely->first;
    give_back(least_likely->second, least_likely->first);
    free_.erase(least_likely);
  }
  if (limit_ > 0 && report_.reserved.live + bytes > limit_) return nullptr;
  void* data = raw_allocate(bytes);
  if (data) add(report_.reserved, static_cast<int64_t>(bytes));
  return data;
}

void Allocator::give_back(void* data, size_t bytes) {
  raw_release(data, bytes);
  add(report_.reserved, -static_cast<int64_t>(bytes));
}

Allocator::Block Allocator::allocate(size_t bytes, MemoryTag tag) {
  const size_t wanted = rounded(bytes);
  const std::lock_guard lock(mutex_);
  Block block{nullptr, wanted, tag};
  // A cached block may be an eighth larger than asked; beyond that reuse would hide waste.
  const auto found = free_.lower_bound(wanted);
  if (found != free_.end() && found->first <= wanted + wanted / 8) {
    block.bytes = found->first;
    block.data = found->second;
    report_.cached -= found->first;
    free_.erase(found);
  } else {
    block.data = reserve(wanted);
    if (!block.data) {
      release_cache();
      block.data = reserve(wanted);
    }
  }
  if (!block.data) {
    const std::string limit = limit_ > 0 ? fmt::format(" of {} MiB allowed", limit_ >> 20) : "";
    throw Error(
        "memory.exhausted",
        fmt::format("{} MiB more for {} {} cannot be had; {} MiB{} are in use", wanted >> 20,
                    name_of(tag.component), name_of(tag.use), report_.total.live >> 20, limit))
        .hint("make the picture or the batch smaller, use --dtype bf16, or close other programs");
  }
  count(static_cast<int64_t>(block.bytes), tag);
  return block;
}

void Allocator::release(const Block& block) {
  if (!block.data) return;
  const std::lock_guard lock(mutex_);
  count(-static_cast<int64_t>(block.bytes), block.tag);
  // Weights are released once and for all; activations come back with the next layer.
  if (block.tag.use == MemoryUse::weights) {
    give_back(block.data, block.bytes);
  } else {
    free_.emplace(block.bytes, block.data);
    report_.cached += block.bytes;
  }
}

void Allocator::count_foreign(int64_t bytes, MemoryTag tag) {
  const std::lock_guard lock(mutex_);
  count(bytes, tag);
}

void Allocator::release_cache() {
  for (const auto& [bytes, data] : free_) give_back(data, bytes);
  free_.clear();
  report_.cached = 0;
}

void Allocator::trim() {
  const std::lock_guard lock(mutex_);
  release_cache();
}

void Allocator::set_limit(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
}

MemoryReport Allocator::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void Allocator::reset_peaks() {
  const std::lock_guard lock(mutex_);
  for (auto& uses : report_.counts) {
    for (MemoryCount& count : uses) count.peak = count.live;
  }
  report_.total.peak = report_.total.live;
  report_.reserved.peak = report_.reserved.live;
}

}  // namespace newbie
