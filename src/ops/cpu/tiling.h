#pragma once
/// The pieces of a matrix that tasks compute: sizes fixed by the shape, never by the threads.

#include <algorithm>
#include <array>
#include <cstdint>

namespace newbie::ops::cpu {

struct Tile {
  int64_t row, rows;
  int64_t column, columns;
};

/// Cuts [rows, columns] every `row_step` and `column_step`. Tiles of one column strip follow each
/// other, so that its weights stay in the cache.
class Tiling {
 public:
  Tiling(int64_t rows, int64_t columns, int64_t row_step, int64_t column_step)
      : rows_(rows), columns_(columns), row_step_(row_step), column_step_(column_step) {}

  int64_t strips() const { return (columns_ + column_step_ - 1) / column_step_; }
  int64_t blocks() const { return (rows_ + row_step_ - 1) / row_step_; }
  int64_t count() const { return strips() * blocks(); }
  Tile operator[](int64_t index) const {
    const int64_t column = index / blocks() * column_step_, row = index % blocks() * row_step_;
    return {row, std::min(row_step_, rows_ - row), column,
            std::min(column_step_, columns_ - column)};
  }
  /// The first and the last tile of the first and the last strip: every size that occurs.
  std::array<Tile, 4> sizes() const {
    return {(*this)[0], (*this)[blocks() - 1], (*this)[count() - blocks()], (*this)[count() - 1]};
  }

 private:
  int64_t rows_, columns_, row_step_, column_step_;
};

}  // namespace newbie::ops::cpu
