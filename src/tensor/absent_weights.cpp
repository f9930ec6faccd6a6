#include "tensor/absent_weights.h"

#include <algorithm>

#include "tensor/device_state.h"

namespace newbie {
namespace {

constexpr size_t kAlignment = 256;

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

Tensor weights_memory(const Device& device, size_t bytes) {
  const MemoryScope scope(device, MemoryUse::weights);
  return Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device);
}

}  // namespace

HostCopy::HostCopy(const Device& device, std::vector<std::shared_ptr<Storage>> storages)
    : storages_(std::move(storages)) {
  for (const auto& storage : storages_) bytes_ += aligned(storage->bytes());
  data_ = device.state().pinned(std::max<size_t>(bytes_, 1));
  std::byte* to = data_.get();
  for (const auto& storage : storages_) {
    if (!device.plans()) device.download(to, storage->data(), storage->bytes());
    to += aligned(storage->bytes());
  }
  vacate();
}

void HostCopy::place(std::byte* begin) const {
  for (const auto& storage : storages_) {
    storage->place(begin);
    begin += aligned(storage->bytes());
  }
}

void HostCopy::vacate() const {
  for (const auto& storage : storages_) storage->vacate();
}

ParkedWeights::ParkedWeights(const Device& device, std::vector<std::shared_ptr<Storage>> storages)
    : device_(device), copy_(device, std::move(storages)) {}

void ParkedWeights::arrive() {
  if (present()) return;
  block_ = weights_memory(device_, copy_.bytes());
  const auto lane = device_.state().copy_lane();
  lane->follow_ops();  // the memory may be that of a tensor which ops still read
  lane->upload(block_.mutable_raw(), copy_.data(), copy_.bytes());
  lane->mark(0);
  lane->lead_ops(0);
  copy_.place(block_.mutable_raw());
}

void ParkedWeights::leave() {
  copy_.vacate();
  block_ = {};
}

StreamedWeights::StreamedWeights(const Device& device) : device_(device) {}
StreamedWeights::~StreamedWeights() {
  // The buffers go back in the order of the ops: not before the copies into them are done.
  for (size_t slot = 0; lane_ && slot < CopyLane::kSlots; ++slot) lane_->lead_ops(slot);
  for (const HostCopy& block : blocks_) block.vacate();
}

void StreamedWeights::add(std::vector<std::shared_ptr<Storage>> storages) {
  check(!lane_, "StreamedWeights: a block was added after the first was held");
  blocks_.emplace_back(device_, std::move(storages));
}

uint64_t StreamedWeights::bytes_per_pass() const {
  uint64_t sum = 0;
  for (const HostCopy& block : blocks_) sum += block.bytes();
  return sum;
}

void StreamedWeights::open() {
  if (lane_) return;
  lane_ = device_.state().copy_lane();
  size_t widest = 0;
  for (const HostCopy& block : blocks_) widest = std::max(widest, block.bytes());
  for (Buffer& buffer : buffers_) buffer.memory = weights_memory(device_, widest);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    blocks_[i].place(buffer_of(i).memory.mutable_raw());
  }
}

void StreamedWeights::fetch(size_t index) {
  Buffer& buffer = buffer_of(index);
  if (buffer.block == index) return;
  buffer.block = index;
  // The block that was in the buffer is used by ops that have been asked for.
  lane_->follow_ops();
  lane_->upload(buffer.memory.mutable_raw(), blocks_[index].data(), blocks_[index].bytes());
  lane_->mark(index % CopyLane::kSlots);
}

void StreamedWeights::hold(size_t index) {
  check(index < blocks_.size(), "StreamedWeights: there is no such block");
  open();
  fetch(index);
  lane_->lead_ops(index % CopyLane::kSlots);
  const size_t next = (index + 1) % blocks_.size();
  if (&buffer_of(next) != &buffer_of(index)) fetch(next);
}

}  // namespace newbie
