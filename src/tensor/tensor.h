#pragma once
/// A contiguous array on a device. Copies share the memory; ops never write to their inputs.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/copy_lane.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/small_floats.h"

namespace newbie {

template <class T>
inline constexpr DType kDTypeOf = DType::u8;
template <>
inline constexpr DType kDTypeOf<double> = DType::f64;
template <>
inline constexpr DType kDTypeOf<float> = DType::f32;
template <>
inline constexpr DType kDTypeOf<Float16> = DType::f16;
template <>
inline constexpr DType kDTypeOf<BFloat16> = DType::bf16;
template <>
inline constexpr DType kDTypeOf<int64_t> = DType::i64;
template <>
inline constexpr DType kDTypeOf<int32_t> = DType::i32;

/// Memory behind tensors: an allocated block, or bytes that someone else owns (a mapped file).
class Storage {
 public:
  Storage(const Device& device, size_t bytes);
  /// Gives the pages of a range back to the system, which can fetch them again.
  using DropPages = std::function<void(std::span<const std::byte>)>;

  /// Wraps bytes kept alive by `owner`; counted under the device's current tag. `drop` when they
  /// are pages of a file, `source` when there is a quicker way to read many of them once.
  Storage(const Device& device, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
          DropPages drop = {}, ByteSource source = {});
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  const Device& device() const { return device_; }
  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool writable() const { return owner_ == nullptr; }
  /// The range will not be read soon. Nothing happens to memory that is not a file's.
  void release_pages(size_t offset, size_t bytes) const;
  /// Empty when the bytes are best read where they lie.
  const ByteSource& source() const { return source_; }

  /// Gives the block back; the storage has no bytes until it is placed.
  void vacate();
  /// The bytes lie at `data`, which belongs to who called.
  void place(std::byte* data);

 private:
  Device device_;
  Allocator::Block block_;
  std::shared_ptr<const void> owner_;
  DropPages drop_;
  ByteSource source_;
  std::byte* data_;
  size_t bytes_;
};

struct GradientNode;  // tensor/gradient.h

class Tensor {
 public:
  Tensor() = default;
  Tensor(std::shared_ptr<Storage> storage, size_t byte_offset, Shape shape, DType dtype);

  static Tensor empty(Shape shape, DType dtype, const Device& device);
  static Tensor zeros(Shape shape, DType dtype, const Device& device);
  /// Copies host values; the number must fit the shape.
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape, const Device& device);
  static Tensor from(const std::vector<float>& values, Shape shape, const Device& device) {
    return from<float>(std::span<const float>(values), shape, device);
  }

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(int axis) const { return shape_[axis]; }
  int rank() const { return shape_.rank(); }
  int64_t numel() const { return shape_.numel(); }
  size_t bytes() const { return static_cast<size_t>(numel()) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  const Device& device() const { return storage_->device(); }

  /// The same elements under another shape. One size may be -1.
  Tensor view(Shape shape) const;
  /// As view, with one size left to us.
  Tensor view(std::initializer_list<int64_t> sizes) const;
  /// Rows [begin, end) of the first axis, sharing the memory.
  Tensor slice(int64_t begin, int64_t end) const;

  /// Host pointer of a CPU tensor. Error: `internal.invariant` when the type is another or the
  /// tensor lies on another device.
  template <class T>
  const T* data() const {
    require(kDTypeOf<T>);
    return reinterpret_cast<const T*>(raw());
  }
  /// Only who made the tensor may write to it, before handing it on.
  template <class T>
  T* mutable_data() {
    require(kDTypeOf<T>);
    return reinterpret_cast<T*>(mutable_raw());
  }
  /// Address on the tensor's device.
  const std::byte* raw() const { return storage_->data() + offset_; }
  std::byte* mutable_raw();

  /// Uploads the elements to memory of `device`, the quickest way there is.
  void upload_to(const Device& device, void* to) const;

  /// The tensor will not be read soon: a mapped file's pages go back to the system.
  void release_pages() const { storage_->release_pages(offset_, bytes()); }

  /// Host copy as f32, from any floating type (goldens, previews, tests).
  std::vector<float> to_floats() const;

  std::string str() const;  ///< "bf16 [2, 16]"

  /// Whether somebody wants the gradient of this tensor.
  bool requires_gradient() const { return gradient_node_ != nullptr; }
  /// What gathers that gradient; nullptr when nobody wants it. Views and slices share it.
  const std::shared_ptr<GradientNode>& gradient_node() const { return gradient_node_; }
  /// The same elements, whose gradient `node` gathers.
  Tensor with_gradient_node(std::shared_ptr<GradientNode> node) const;
  /// The same elements, without any memory of how they were made.
  Tensor detached() const { return with_gradient_node(nullptr); }

 private:
  void require(DType dtype) const;

  std::shared_ptr<Storage> storage_;
  size_t offset_ = 0;
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<GradientNode> gradient_node_;
};

template <class T>
Tensor Tensor::from(std::span<const T> values, Shape shape, const Device& device) {
  check(static_cast<int64_t>(values.size()) == shape.numel(),
        "Tensor::from: values do not fit the shape");
  Tensor tensor = empty(shape, kDTypeOf<T>, device);
  device.upload(tensor.mutable_raw(), values.data(), tensor.bytes());
  return tensor;
}

}  // namespace newbie
