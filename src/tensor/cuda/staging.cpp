#include "tensor/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "tensor/cuda/context.h"

namespace newbie::cuda {
namespace {

constexpr size_t kBuffer = size_t{16} << 20;
constexpr size_t kAlignment = 256;
/// Copied on the host by one thread: smaller pieces are not worth waking others.
constexpr int64_t kGrain = int64_t{2} << 20;

}  // namespace

void Staging::open() {
  for (Buffer& buffer : buffers_) {
    if (buffer.data) continue;
    void* data = nullptr;
    require(cudaHostAlloc(&data, kBuffer, cudaHostAllocDefault), "allocating pinned memory");
    buffer.data = static_cast<std::byte*>(data);
    require(cudaEventCreateWithFlags(&buffer.free, cudaEventDisableTiming), "making an event");
  }
}

Staging::~Staging() {
  for (Buffer& buffer : buffers_) {
    if (buffer.free) cudaEventDestroy(buffer.free);
    if (buffer.data) cudaFreeHost(buffer.data);
  }
}

void Staging::copy_on_host(void* to, const void* from, size_t bytes) const {
  parallel_ranges(threads_, static_cast<int64_t>(bytes), kGrain, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<std::byte*>(to) + begin, static_cast<const std::byte*>(from) + begin,
                static_cast<size_t>(end - begin));
  });
}

void Staging::read(std::byte* to, const ByteSource& source, size_t at, size_t bytes) const {
  parallel_ranges(threads_, static_cast<int64_t>(bytes), kGrain, [&](int64_t begin, int64_t end) {
    source(at + static_cast<size_t>(begin), to + begin, static_cast<size_t>(end - begin));
  });
}

void Staging::upload(void* to, const void* from, size_t bytes) {
  upload(
      to,
      [from](size_t at, std::byte* part, size_t count) {
        std::memcpy(part, static_cast<const std::byte*>(from) + at, count);
      },
      bytes);
}

Staging::Buffer& Staging::next_buffer() {
  Buffer& buffer = buffers_[++current_ % buffers_.size()];
  require(cudaEventSynchronize(buffer.free), "waiting for a copy");
  buffer.used = 0;
  return buffer;
}

void Staging::upload(void* to, const ByteSource& source, size_t bytes) {
  open();
  for (size_t at = 0; at < bytes;) {
    const size_t piece = std::min(kBuffer, bytes - at);
    Buffer* buffer = &buffers_[current_ % buffers_.size()];
    // Small pieces follow one another, so that whoever sends them waits for none of them.
    if (buffer->used + piece > kBuffer) buffer = &next_buffer();
    std::byte* place = buffer->data + buffer->used;
    read(place, source, at, piece);
    require(cudaMemcpyAsync(static_cast<std::byte*>(to) + at, place, piece, cudaMemcpyHostToDevice,
                            stream_),
            "copying to the device");
    require(cudaEventRecord(buffer->free, stream_), "recording an event");
    buffer->used += (piece + kAlignment - 1) / kAlignment * kAlignment;
    at += piece;
  }
}

void Staging::download(void* to, const void* from, size_t bytes) {
  open();
  struct Arriving {
    const Buffer* buffer = nullptr;
    size_t at = 0, bytes = 0;
  };
  Arriving before;
  const auto receive = [&](const Arriving& piece) {
    if (!piece.buffer) return;
    require(cudaEventSynchronize(piece.buffer->free), "waiting for the device");
    copy_on_host(static_cast<std::byte*>(to) + piece.at, piece.buffer->data, piece.bytes);
  };
  for (size_t at = 0; at < bytes; at += kBuffer) {
    Buffer& buffer = next_buffer();
    const Arriving piece{&buffer, at, std::min(kBuffer, bytes - at)};
    buffer.used = kBuffer;  // read below, after the next piece has set out
    require(cudaMemcpyAsync(buffer.data, static_cast<const std::byte*>(from) + at, piece.bytes,
                            cudaMemcpyDeviceToHost, stream_),
            "copying from the device");
    require(cudaEventRecord(buffer.free, stream_), "recording an event");
    receive(before);
    before = piece;
  }
  receive(before);
}

}  // namespace newbie::cuda
