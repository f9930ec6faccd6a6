#pragma once
/// A table of pictures that differ in one or two things: planned, drawn, resumed, laid out.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "newbie/engine.h"
#include "workbench/sweep_axis.h"

namespace newbie::workbench {

/// One picture of the table: its place, from 0, and what is asked for.
struct SweepCell {
  size_t column = 0;
  size_t row = 0;
  GenerateRequest request;  ///< of one picture
};

/// The axes and a cell for each pair of their points.
struct SweepPlan {
  Axis x;
  Axis y;                        ///< one unnamed point when only x varies
  std::vector<SweepCell> cells;  ///< row by row
};

/// What was asked for.
struct SweepSpec {
  AxisContext context;
  std::string x;
  std::string y;
  size_t limit = 400;
};

/// Axes left open take what the request itself varies: the choices of its prompt, then `count`
/// seeds. Errors: as parse_axis; `sweep.no_axis`, `sweep.too_many`.
SweepPlan plan_sweep(const SweepSpec& spec);

/// What is told while cells are drawn; either may be empty.
struct SweepEvents {
  /// Before cell `done` (from 0) of `total` is drawn.
  std::function<void(size_t done, size_t total, const std::string& label)> cell;
  GenerateEvents drawing;
};

/// What a sweep wrote, and how many cells it drew or found drawn.
struct SweepFiles {
  std::filesystem::path sheet;
  std::filesystem::path json;
  size_t drawn = 0;
  size_t reused = 0;
};

/// Draws the cells that are not yet in `folder` (cells/ID.png with the ID of the cell's recipe),
/// then writes sheet.png and sweep.json. Files are the same however often it was interrupted.
/// Pictures on the sheet are shrunk to `longest_side` pixels (0: as they are).
SweepFiles run_sweep(Engine& engine, const SweepPlan& plan, const std::filesystem::path& folder,
                     int64_t longest_side, const SweepEvents& events);

}  // namespace newbie::workbench
