#include "workbench/labelled_grid.h"

#include <algorithm>

#include "base/error.h"
#include "image/compose.h"
#include "image/label.h"
#include "image/resize.h"

namespace newbie::workbench {
namespace {

using image::Picture;

constexpr int64_t kMargin = 10;
constexpr int64_t kGap = 6;
constexpr int64_t kWidestRowName = 240;
constexpr int64_t kRoomForColumnName = 180;  // small pictures make room for their names
constexpr int64_t kRoomForTitle = 720;
constexpr int64_t kNameHeight = image::kLabelHeight + kGap / 2;
constexpr int64_t kMostInLine = 8;  // of one row without a name
constexpr uint8_t kPaper = 250;

Picture shrunk(const Picture& picture, int64_t longest) {
  const int64_t side = std::max(picture.width, picture.height);
  if (longest <= 0 || side <= longest) return image::to_rgb(picture);
  const auto scaled = [&](int64_t length) {
    return std::max<int64_t>(1, (length * longest + side / 2) / side);
  };
  return image::resize(image::to_rgb(picture), scaled(picture.width), scaled(picture.height),
                       image::Filter::lanczos);
}

/// Where things go.
struct Layout {
  int64_t cell_width = 1, cell_height = 1;
  int64_t left = kMargin, top = kMargin;  ///< of the first cell
  int64_t columns = 0, rows = 0;
  int64_t title_width = 0;
  int64_t between_rows = kGap;  ///< with room for names when every row has its own

  int64_t x(int64_t column) const { return left + column * (cell_width + kGap); }
  int64_t y(int64_t row) const { return top + row * (cell_height + between_rows); }
  int64_t width() const { return std::max(x(columns) - kGap, kMargin + title_width) + kMargin; }
  int64_t height() const { return y(rows) - between_rows + kMargin; }
};

bool is_one_row(const LabelledGrid& grid) {
  return std::ranges::all_of(grid.rows, [](const std::string& name) { return name.empty(); }) &&
         grid.cells.size() == grid.columns.size();
}

Layout layout_of(const LabelledGrid& grid, const std::vector<Picture>& cells) {
  Layout at;
  at.columns = static_cast<int64_t>(grid.columns.size());
  if (is_one_row(grid) && at.columns > kMostInLine) {
    const int64_t lines = (at.columns + kMostInLine - 1) / kMostInLine;
    at.columns = (at.columns + lines - 1) / lines;
    at.between_rows += kNameHeight;
  }
  at.rows = (static_cast<int64_t>(cells.size()) + at.columns - 1) / at.columns;
  for (const Picture& cell : cells) {
    at.cell_width = std::max(at.cell_width, cell.width);
    at.cell_height = std::max(at.cell_height, cell.height);
  }
  for (const std::string& name : grid.columns) {
    at.cell_width = std::max(at.cell_width, std::min(image::label_width(name), kRoomForColumnName));
  }
  if (!grid.title.empty()) at.top += image::kLabelHeight + kGap;
  at.top += kNameHeight;
  int64_t names = 0;
  for (const std::string& name : grid.rows) names = std::max(names, image::label_width(name));
  if (names > 0) at.left += std::min(names, kWidestRowName) + kGap;
  at.title_width = std::min(image::label_width(grid.title), kRoomForTitle);
  return at;
}

}  // namespace

image::Picture draw_grid(const LabelledGrid& grid) {
  if (grid.columns.empty() || grid.cells.empty()) {
    throw Error("image.wrong_size", "a sheet needs a column and a picture");
  }
  std::vector<Picture> cells;
  for (const Picture& cell : grid.cells) {
    cells.push_back(cell.width == 0 ? Picture{} : shrunk(cell, grid.longest_side));
  }
  const Layout at = layout_of(grid, cells);
  Picture sheet = Picture::blank(at.width(), at.height());
  std::ranges::fill(sheet.pixels, kPaper);

  const auto draw = [&](const std::string& text, int64_t left, int64_t top, int64_t width) {
    image::draw_label(sheet, image::fitted_label(text, width), left, top);
  };
  if (!grid.title.empty()) draw(grid.title, kMargin, kMargin, at.width() - 2 * kMargin);
  for (int64_t c = 0; c < static_cast<int64_t>(grid.columns.size()); ++c) {
    draw(grid.columns[static_cast<size_t>(c)], at.x(c % at.columns),
         at.y(c / at.columns) - kNameHeight, at.cell_width);
  }
  for (int64_t r = 0; r < std::min(at.rows, static_cast<int64_t>(grid.rows.size())); ++r) {
    draw(grid.rows[static_cast<size_t>(r)], kMargin,
         at.y(r) + (at.cell_height - image::kLabelHeight) / 2, at.left - kMargin - kGap);
  }
  for (int64_t i = 0; i < static_cast<int64_t>(cells.size()); ++i) {
    const Picture& cell = cells[static_cast<size_t>(i)];
    if (cell.width == 0) continue;
    paste(cell, sheet, at.x(i % at.columns) + (at.cell_width - cell.width) / 2,
          at.y(i / at.columns) + (at.cell_height - cell.height) / 2);
  }
  return sheet;
}

}  // namespace newbie::workbench
