#include <bit>
#include <cstring>
#include <mutex>

#include "base/parallel.h"
#include "model_tools/verify.h"

namespace newbie::model_tools {
namespace {

struct Counts {
  uint64_t nans = 0;
  uint64_t infinities = 0;
};

/// `exponent` all ones means no number; then a mantissa of zero means infinity.
template <class Bits>
Counts count_bits(std::span<const std::byte> bytes, Bits exponent, Bits mantissa) {
  Counts counts;
  for (size_t i = 0; i + sizeof(Bits) <= bytes.size(); i += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    if ((value & exponent) != exponent) continue;
    ++((value & mantissa) != 0 ? counts.nans : counts.infinities);
  }
  return counts;
}

Counts count(DType dtype, std::span<const std::byte> bytes) {
  switch (dtype) {
    case DType::f64:
      return count_bits<uint64_t>(bytes, uint64_t{0x7FF} << 52, (uint64_t{1} << 52) - 1);
    case DType::f32:
      return count_bits<uint32_t>(bytes, 0x7F800000u, 0x007FFFFFu);
    case DType::f16:
      return count_bits<uint16_t>(bytes, 0x7C00, 0x03FF);
    case DType::bf16:
      return count_bits<uint16_t>(bytes, 0x7F80, 0x007F);
    case DType::f8_e4m3:
      return count_bits<uint8_t>(bytes, 0x7F, 0x7F);  // no infinities
    case DType::f8_e5m2:
      return count_bits<uint8_t>(bytes, 0x7C, 0x03);
    default:
      return {};
  }
}

}  // namespace

std::vector<NotFinite> find_not_finite(const io::SafetensorsFile& file, int threads,
                                       const std::function<void(uint64_t)>& read) {
  constexpr int64_t kPiece = int64_t{4} << 20;
  std::vector<NotFinite> found;
  for (const io::TensorEntry& entry : file.entries()) {
    if (is_floating(entry.dtype)) {
      const auto bytes = file.bytes(entry);
      NotFinite total{entry.name};
      std::mutex mutex;
      parallel_ranges(
          threads, static_cast<int64_t>(bytes.size()), kPiece, [&](int64_t begin, int64_t end) {
            const Counts counts =
                count(entry.dtype,
                      bytes.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
            const std::lock_guard lock(mutex);
            total.nans += counts.nans;
            total.infinities += counts.infinities;
          });
      if (total.nans + total.infinities > 0) found.push_back(std::move(total));
      file.drop(entry);
    }
    if (read) read(entry.bytes());
  }
  return found;
}

}  // namespace newbie::model_tools
