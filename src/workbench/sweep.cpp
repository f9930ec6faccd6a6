#include "workbench/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "image/png.h"
#include "workbench/fields.h"
#include "workbench/labelled_grid.h"
#include "workbench/record.h"

namespace newbie::workbench {
namespace {

namespace fs = std::filesystem;

Axis nothing() {
  return {"", {{"", [](CellDraft&) {}}}};
}

/// The axis that the request itself asks for, if any: used once, by the first side left open.
std::optional<Axis> implied_axis(const SweepSpec& spec) {
  const bool chosen = spec.x.starts_with("choice") || spec.y.starts_with("choice") ||
                      spec.x.starts_with("file=") || spec.y.starts_with("file=");
  if (!chosen && has_choices(spec.context)) return parse_axis("choices", spec.context);
  const GenerateRequest& base = spec.context.base;
  if (base.count <= 1) return std::nullopt;
  return parse_axis(
      fmt::format("seed={}..{}", base.seed, base.seed + static_cast<uint64_t>(base.count) - 1),
      spec.context);
}

/// Cells that need the same networks and prompts after one another.
std::vector<size_t> drawing_order(const std::vector<SweepCell>& cells) {
  std::vector<size_t> order(cells.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto key = [&](size_t i) {
    const GenerateRequest& r = cells[i].request;
    return std::tie(r.dtype, r.lora, r.vae, r.prompt, r.negative);
  };
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return key(a) < key(b); });
  return order;
}

fs::path cell_name(const std::string& id) { return fs::path("cells") / (id + ".png"); }

/// Is the picture of this recipe there, and whole?
bool already_drawn(const fs::path& file, const std::string& id) {
  if (!fs::exists(file)) return false;
  try {
    const std::string bytes = read_file(file);
    image::decode_png(std::as_bytes(std::span(bytes)));
    return record_of_png(bytes, file.string()).id == id;
  } catch (const Error&) {
    return false;  // damaged, or somebody else's: drawn anew
  }
}

/// What all cells share, for the title of the sheet.
std::string shared_settings(const SweepPlan& plan, Engine& engine) {
  const GenerateRequest base = engine.resolve(plan.cells.front().request);
  std::string out = fmt::format("{}x{}", *base.width, *base.height);
  for (const char* name : {"steps", "cfg", "sampler", "schedule", "seed"}) {
    if (name != plan.x.name && name != plan.y.name) {
      out += fmt::format("   {} {}", name, field_text(base, name));
    }
  }
  return out;
}

Json axis_json(const Axis& axis) {
  Json labels = Json::array();
  for (const AxisPoint& point : axis.points) labels.push_back(point.label);
  return {{"name", axis.name}, {"labels", std::move(labels)}};
}

std::string sweep_json(const SweepPlan& plan, const std::vector<std::string>& ids,
                       const std::string& title) {
  Json cells = Json::array();
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    const SweepCell& cell = plan.cells[i];
    cells.push_back({{"column", cell.column},
                     {"row", cell.row},
                     {"x", plan.x.points[cell.column].label},
                     {"y", plan.y.points[cell.row].label},
                     {"id", ids[i]},
                     {"file", cell_name(ids[i]).generic_string()},
                     {"request", Json::parse(to_json(cell.request))}});
  }
  const Json json{{"sweep", 1},
                  {"title", title},
                  {"x", axis_json(plan.x)},
                  {"y", axis_json(plan.y)},
                  {"sheet", "sheet.png"},
                  {"cells", std::move(cells)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

image::Picture sheet_of(const SweepPlan& plan, const std::vector<std::string>& ids,
                        const std::string& title, const fs::path& folder, int64_t longest_side) {
  LabelledGrid grid;
  grid.title = title;
  grid.longest_side = longest_side;
  for (const AxisPoint& point : plan.x.points) grid.columns.push_back(point.label);
  for (const AxisPoint& point : plan.y.points) grid.rows.push_back(point.label);
  for (const std::string& id : ids) grid.cells.push_back(image::read_png(folder / cell_name(id)));
  return draw_grid(grid);
}

}  // namespace

SweepPlan plan_sweep(const SweepSpec& spec) {
  SweepPlan plan{nothing(), nothing(), {}};
  std::optional<Axis> implied = implied_axis(spec);
  const auto side = [&](const std::string& text, Axis& axis) {
    if (!text.empty()) {
      axis = parse_axis(text, spec.context);
    } else if (implied) {
      axis = std::exchange(implied, std::nullopt).value();
    }
  };
  side(spec.x, plan.x);
  side(spec.y, plan.y);
  if (plan.x.name.empty()) std::swap(plan.x, plan.y);
  if (plan.x.name.empty()) {
    throw Error("sweep.no_axis", "nothing varies")
        .hint("for example --x cfg=3,5,7 --y steps=12,20,28");
  }
  const size_t count = plan.x.points.size() * plan.y.points.size();
  if (count > spec.limit) {
    throw Error("sweep.too_many",
                fmt::format("the sweep has {} cells, more than {}", count, spec.limit))
        .hint("raise --limit, or vary less");
  }
  for (size_t row = 0; row < plan.y.points.size(); ++row) {
    for (size_t column = 0; column < plan.x.points.size(); ++column) {
      CellDraft draft{spec.context.base, {}, {}, {}};
      plan.x.points[column].apply(draft);
      plan.y.points[row].apply(draft);
      plan.cells.push_back({column, row, finished(draft, spec.context)});
    }
  }
  return plan;
}

SweepFiles run_sweep(Engine& engine, const SweepPlan& plan, const fs::path& folder,
                     int64_t longest_side, const SweepEvents& events) {
  std::vector<std::string> ids;
  if (events.drawing.progress) events.drawing.progress({.stage = "hash weights", .total = 1});
  for (const SweepCell& cell : plan.cells) ids.push_back(engine.recipe_id(cell.request));
  std::error_code ignored;  // an unusable folder is reported by the first file
  fs::create_directories(folder / "cells", ignored);
  SweepFiles files{folder / "sheet.png", folder / "sweep.json", 0, 0};
  const std::string title = shared_settings(plan, engine);
  write_file(files.json, sweep_json(plan, ids, title));

  size_t done = 0;
  for (const size_t i : drawing_order(plan.cells)) {
    const SweepCell& cell = plan.cells[i];
    const fs::path file = folder / cell_name(ids[i]);
    if (already_drawn(file, ids[i])) {
      ++files.reused;
    } else {
      if (events.cell) {
        const std::string& y = plan.y.points[cell.row].label;
        events.cell(done, plan.cells.size(),
                    plan.x.points[cell.column].label + (y.empty() ? "" : ", " + y));
      }
      GenerateEvents drawing = events.drawing;
      drawing.image = [&](const GeneratedImage& picture) { write_file(file, picture.png); };
      engine.generate(cell.request, drawing);
      ++files.drawn;
    }
    ++done;
  }
  image::write_png(files.sheet, sheet_of(plan, ids, title, folder, longest_side));
  return files;
}

}  // namespace newbie::workbench
