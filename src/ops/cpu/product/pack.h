#pragma once
/// Packing keys and values for attention, and rows of weights for products.

#include "ops/cpu/product/units.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

inline constexpr int64_t kPanel = 2 * kLanes;

inline int64_t units_of(int64_t count) { return (count + Units::kPerUnit - 1) / Units::kPerUnit; }

inline int64_t key_bytes(int64_t rows, int64_t width) {
  return round_up(rows, kPanel) * units_of(width) * 4;
}

/// Values have panels of two vectors, and one of a single vector where that is enough for the rest.
inline int64_t value_bytes(int64_t rows, int64_t width) {
  return round_up(width, kLanes) * units_of(rows) * 4;
}

/// The bits of one element as they lie in a unit.
inline float element_bits(const F32* x, int64_t i) { return x[i].value; }
template <class Half>
inline uint32_t element_bits(const Half* x, int64_t i) {
  return x[i].bits;
}

/// Elements i and i + 1 of one row as units; zero behind `width`.
template <class Type>
inline void row_to_units(const Type* row, int64_t width, Unit* to, int64_t step) {
  if constexpr (Units::kPairs) {
    int64_t i = 0;
    for (; i + 1 < width; i += 2, to += step) {
      *to = element_bits(row, i) | element_bits(row, i + 1) << 16;
    }
    if (i < width) *to = element_bits(row, i);
  } else {
    float lane[kLanes];
    for_vectors(width, [&](int64_t i, auto size) {
      store(lane, load(row + i, size), Whole{});
      const int64_t count = width - i < kLanes ? width - i : kLanes;
      for (int64_t j = 0; j < count; ++j) to[(i + j) * step] = lane[j];
    });
  }
}

/// body(tag) for the types that these units are made from.
template <class Body>
inline void with_unit_element(Element element, const Body& body) {
  if constexpr (Units::kPairs) {
    body(Bf16{});
  } else {
    with_element(element, body);
  }
}

inline void pack_keys(const PackRows& job) {
  const int64_t units = units_of(job.width);
  with_unit_element(job.element, [&](auto type) {
    const auto* x = static_cast<const decltype(type)*>(job.x);
    for (int64_t row = job.begin; row < round_up(job.end, kPanel); ++row) {
      Unit* to = static_cast<Unit*>(job.packed) + row / kPanel * kPanel * units + row % kPanel;
      if (row < job.end) {
        row_to_units(x + row * job.stride, job.width, to, kPanel);
      } else {
        for (int64_t u = 0; u < units; ++u) to[u * kPanel] = Unit{};
      }
    }
  });
}

/// Start of the panel that holds `column`, and its width.
struct ValuePanel {
  int64_t offset;  ///< in units
  int64_t columns;
};
inline ValuePanel value_panel(int64_t column, int64_t width, int64_t units) {
  const int64_t rest = round_up(width, kLanes) - column;
  return {column * units, rest < kPanel ? rest : kPanel};
}

inline void pack_values(const PackRows& job) {
  const int64_t units = units_of(job.count);
  with_unit_element(job.element, [&](auto type) {
    using Type = decltype(type);
    const auto* x = static_cast<const Type*>(job.x);
    for (int64_t row = job.begin; row < job.end; row += Units::kPerUnit) {
      const Type* first = x + row * job.stride;
      for (int64_t column = 0; column < job.width; column += kPanel) {
        const ValuePanel panel = value_panel(column, job.width, units);
        Unit* to =
            static_cast<Unit*>(job.packed) + panel.offset + row / Units::kPerUnit * panel.columns;
        for (int64_t j = 0; j < panel.columns; j += kLanes) {
          const int64_t left = job.width - column - j;
          Floats bits;
          const auto gather = [&](auto size) {
            if constexpr (Units::kPairs) {
              const Bits low =
                  __builtin_convertvector(load_bits<Halves>(first + column + j, size), Bits);
              Bits high{};
              if (row + 1 < job.count) {
                high = __builtin_convertvector(
                    load_bits<Halves>(first + job.stride + column + j, size), Bits);
              }
              bits = floats_of(low | high << 16);
            } else {
              bits = load(first + column + j, size);
            }
          };
          if (left >= kLanes) {
            gather(Whole{});
          } else {
            gather(Part{left});
          }
          __builtin_memcpy(to + j, &bits, sizeof bits);
        }
      }
    }
  });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
