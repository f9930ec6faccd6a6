#include "tensor/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tensor/device_state.h"
#include "tensor/storage_recording.h"

namespace newbie {

Storage::Storage(const Device& device, size_t bytes)
    : device_(device),
      block_(device.allocator().allocate(bytes, device.tag())),
      data_(static_cast<std::byte*>(block_.data)),
      bytes_(bytes) {}

Storage::Storage(const Device& device, std::span<const std::byte> bytes,
                 std::shared_ptr<const void> owner, DropPages drop, ByteSource source)
    : device_(device),
      block_{nullptr, bytes.size(), device.tag()},
      owner_(std::move(owner)),
      drop_(std::move(drop)),
      source_(std::move(source)),
      data_(const_cast<std::byte*>(bytes.data())),  // writable() keeps it read-only
      bytes_(bytes.size()) {
  device_.allocator().count_foreign(static_cast<int64_t>(bytes_), block_.tag);
}

Storage::~Storage() {
  if (owner_) {
    device_.allocator().count_foreign(-static_cast<int64_t>(bytes_), block_.tag);
  } else {
    device_.allocator().release(block_);
  }
}

void Storage::release_pages(size_t offset, size_t bytes) const {
  if (drop_) drop_({data_ + offset, bytes});
}

void Storage::vacate() {
  check(!owner_, "Storage: bytes that belong to someone else cannot be vacated");
  device_.allocator().release(block_);
  block_.data = nullptr;
  data_ = nullptr;
}

void Storage::place(std::byte* data) {
  check(!owner_ && block_.data == nullptr, "Storage: placed without being vacated");
  data_ = data;
}

Tensor::Tensor(std::shared_ptr<Storage> storage, size_t byte_offset, Shape shape, DType dtype)
    : storage_(std::move(storage)), offset_(byte_offset), shape_(shape), dtype_(dtype) {
  check(offset_ + bytes() <= storage_->bytes(), "Tensor: the shape is larger than its storage");
}

Tensor Tensor::empty(Shape shape, DType dtype, const Device& device) {
  const size_t bytes = static_cast<size_t>(shape.numel()) * size_of(dtype);
  auto storage = std::make_shared<Storage>(device, bytes);
  if (device.state().storages && device.tag().use == MemoryUse::weights) {
    device.state().storages->add(storage);
  }
  return Tensor(std::move(storage), 0, shape, dtype);
}

Tensor Tensor::zeros(Shape shape, DType dtype, const Device& device) {
  Tensor tensor = empty(shape, dtype, device);
  device.clear(tensor.mutable_raw(), tensor.bytes());
  return tensor;
}

void Tensor::upload_to(const Device& device, void* to) const {
  if (!storage_->source()) return device.upload(to, raw(), bytes());
  device.state().upload(
      to,
      [this](size_t at, std::byte* part, size_t count) {
        storage_->source()(offset_ + at, part, count);
      },
      bytes());
}

Tensor Tensor::view(Shape shape) const {
  if (shape.numel() != numel()) {
    check(false, fmt::format("Tensor::view: {} cannot be seen as {}", shape_.str(), shape.str()));
  }
  Tensor seen = *this;
  seen.shape_ = shape;
  return seen;
}

Tensor Tensor::view(std::initializer_list<int64_t> sizes) const {
  std::vector<int64_t> filled(sizes);
  int64_t known = 1;
  for (int64_t size : filled) known *= size == -1 ? 1 : size;
  for (int64_t& size : filled) {
    if (size == -1) size = known == 0 ? 0 : numel() / known;
  }
  return view(Shape(std::span<const int64_t>(filled)));
}

Tensor Tensor::slice(int64_t begin, int64_t end) const {
  check(rank() > 0 && 0 <= begin && begin <= end && end <= dim(0), "Tensor::slice: out of range");
  Tensor part = *this;
  part.shape_ = shape_.with(0, end - begin);
  const int64_t row = dim(0) == 0 ? 0 : numel() / dim(0);
  part.offset_ += static_cast<size_t>(begin * row) * size_of(dtype_);
  return part;
}

std::byte* Tensor::mutable_raw() {
  check(storage_->writable(), "Tensor: mapped weights are read-only");
  return storage_->data() + offset_;
}

Tensor Tensor::with_gradient_node(std::shared_ptr<GradientNode> node) const {
  Tensor same = *this;
  same.gradient_node_ = std::move(node);
  return same;
}

void Tensor::require(DType dtype) const {
  // Every access to data comes by: the message is put together only when it is needed.
  if (device().kind() != DeviceKind::cpu) {
    check(false, fmt::format("Tensor: {} on {} is read by the host", str(), device().name()));
  }
  if (dtype == dtype_ || size_of(dtype) == 1) return;
  check(false, fmt::format("Tensor: read as {} but it is {}", name_of(dtype), str()));
}

std::vector<float> Tensor::to_floats() const {
  std::vector<float> out(static_cast<size_t>(numel()));
  std::vector<std::byte> copy;
  const std::byte* bytes_in = raw();
  if (device().kind() != DeviceKind::cpu) {
    copy.resize(bytes());
    device().download(copy.data(), raw(), bytes());
    bytes_in = copy.data();
  }
  const auto convert = [&]<class T>(auto&& to) {
    for (size_t i = 0; i < out.size(); ++i) {
      T value;
      std::memcpy(&value, bytes_in + i * sizeof(T), sizeof(T));
      out[i] = to(value);
    }
  };
  switch (dtype_) {
    case DType::f32:
      if (!out.empty()) std::memcpy(out.data(), bytes_in, bytes());
      break;
    case DType::f64:
      convert.template operator()<double>([](double v) { return static_cast<float>(v); });
      break;
    case DType::bf16:
      convert.template operator()<BFloat16>([](BFloat16 v) { return to_float(v); });
      break;
    case DType::f16:
      convert.template operator()<Float16>([](Float16 v) { return to_float(v); });
      break;
    case DType::f8_e4m3:
      convert.template operator()<uint8_t>(f8_e4m3_to_float);
      break;
    case DType::f8_e5m2:
      convert.template operator()<uint8_t>(f8_e5m2_to_float);
      break;
    case DType::i64:
      convert.template operator()<int64_t>([](int64_t v) { return static_cast<float>(v); });
      break;
    case DType::i32:
      convert.template operator()<int32_t>([](int32_t v) { return static_cast<float>(v); });
      break;
    case DType::i16:
      convert.template operator()<int16_t>([](int16_t v) { return static_cast<float>(v); });
      break;
    case DType::i8:
      convert.template operator()<int8_t>([](int8_t v) { return static_cast<float>(v); });
      break;
    case DType::u8:
    case DType::boolean:
      convert.template operator()<uint8_t>([](uint8_t v) { return static_cast<float>(v); });
      break;
  }
  return out;
}

std::string Tensor::str() const {
  return defined() ? fmt::format("{} {}", name_of(dtype_), shape_.str()) : "undefined";
}

}  // namespace newbie
