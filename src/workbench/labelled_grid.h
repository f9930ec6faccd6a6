#pragma once
/// Pictures in a table with a title and names of columns and rows: contact sheets people can read.

#include <string>
#include <vector>

#include "image/image.h"

namespace newbie::workbench {

/// What is laid out: pictures and the words around them.
struct LabelledGrid {
  std::string title;                  ///< above everything; "" for none
  std::vector<std::string> columns;   ///< names above, as many as there are columns
  std::vector<std::string> rows;      ///< names at the left; empty for one row without a name
  std::vector<image::Picture> cells;  ///< row by row; an empty picture leaves its place free
  int64_t longest_side = 0;           ///< shrink pictures to this many pixels; 0 keeps their size
};

/// Every cell is as large as the largest picture, which are put into their middle. Names that are
/// too wide end in an ellipsis. One long row is broken into lines of at most eight pictures.
/// Errors: `image.wrong_size`.
image::Picture draw_grid(const LabelledGrid& grid);

}  // namespace newbie::workbench
