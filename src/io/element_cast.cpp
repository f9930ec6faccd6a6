#include "io/element_cast.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "tensor/small_floats.h"

namespace newbie::io {
namespace {

template <class T, class Convert>
void read_each(const std::byte* source, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, source + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
}

template <class Convert>
void write_each(std::span<const float> values, std::byte* out, Convert convert) {
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = convert(values[i]);
    std::memcpy(out + i * sizeof value, &value, sizeof value);
  }
}

}  // namespace

void to_f32(DType from, const std::byte* source, std::span<float> out) {
  const auto plain = [](auto value) { return static_cast<float>(value); };
  switch (from) {
    case DType::f64:
      return read_each<double>(source, out, plain);
    case DType::f32:
      return read_each<float>(source, out, plain);
    case DType::f16:
      return read_each<Float16>(source, out, [](Float16 v) { return to_float(v); });
    case DType::bf16:
      return read_each<BFloat16>(source, out, [](BFloat16 v) { return to_float(v); });
    case DType::f8_e4m3:
      return read_each<uint8_t>(source, out, f8_e4m3_to_float);
    case DType::f8_e5m2:
      return read_each<uint8_t>(source, out, f8_e5m2_to_float);
    case DType::i64:
      return read_each<int64_t>(source, out, plain);
    case DType::i32:
      return read_each<int32_t>(source, out, plain);
    case DType::i16:
      return read_each<int16_t>(source, out, plain);
    case DType::i8:
      return read_each<int8_t>(source, out, plain);
    case DType::u8:
    case DType::boolean:
      return read_each<uint8_t>(source, out, plain);
  }
}

void from_f32(std::span<const float> values, DType to, std::byte* out) {
  check(is_floating(to), "from_f32: weights are written as floating numbers");
  switch (to) {
    case DType::f64:
      return write_each(values, out, [](float v) { return static_cast<double>(v); });
    case DType::f16:
      return write_each(values, out, to_f16);
    case DType::bf16:
      return write_each(values, out, to_bf16);
    case DType::f8_e4m3:
      return write_each(values, out, to_f8_e4m3);
    case DType::f8_e5m2:
      return write_each(values, out, to_f8_e5m2);
    default:
      return write_each(values, out, [](float v) { return v; });
  }
}

void cast_elements(DType from, std::span<const std::byte> source, DType to,
                   std::span<std::byte> out, int threads) {
  const size_t count = source.size() / size_of(from);
  check(count * size_of(to) == out.size(), "cast_elements: sizes do not fit");
  if (from == to) {
    if (!out.empty()) std::memcpy(out.data(), source.data(), out.size());
    return;
  }
  constexpr int64_t kGrain = 1 << 16;
  constexpr size_t kChunk = 2048;  // stays in the first cache between the two steps
  parallel_ranges(threads, static_cast<int64_t>(count), kGrain, [&](int64_t begin, int64_t end) {
    std::array<float, kChunk> chunk;
    for (auto at = static_cast<size_t>(begin); at < static_cast<size_t>(end); at += kChunk) {
      const std::span<float> part(chunk.data(), std::min(kChunk, static_cast<size_t>(end) - at));
      to_f32(from, source.data() + at * size_of(from), part);
      from_f32(part, to, out.data() + at * size_of(to));
    }
  });
}

}  // namespace newbie::io
