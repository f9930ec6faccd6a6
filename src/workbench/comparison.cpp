#include "workbench/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/json.h"
#include "image/metrics.h"
#include "image/picture_file.h"
#include "image/png.h"
#include "prompt/parse.h"
#include "workbench/labelled_grid.h"

namespace newbie::workbench {
namespace {

std::vector<prompt::PromptChange> prompt_changes(const std::string& before,
                                                 const std::string& after) {
  return prompt::semantic_diff(prompt::parse(before).prompt, prompt::parse(after).prompt);
}

void compare_recipes(const Record& a, const Record& b, Comparison& out) {
  out.has_recipes = true;
  out.prompt = prompt_changes(a.request.prompt, b.request.prompt);
  out.negative = prompt_changes(a.request.negative, b.request.negative);
  // Prompts are compared by meaning, and their compiled texts follow from them.
  for (Difference& difference : differences(a, b)) {
    const bool told =
        difference.kind == "texts" || difference.name == "prompt" || difference.name == "negative";
    if (!told) out.others.push_back(std::move(difference));
  }
}

Json change_json(const prompt::PromptChange& change) {
  return {{"kind", prompt::to_string(change.kind)},
          {"path", change.path},
          {"subject", change.subject},
          {"before", change.before},
          {"after", change.after}};
}

template <class Change, class Print>
Json list_json(const std::vector<Change>& changes, const Print& print) {
  Json all = Json::array();
  for (const Change& change : changes) all.push_back(print(change));
  return all;
}

std::string size_of(const image::Picture& picture) {
  return fmt::format("{}x{}", picture.width, picture.height);
}

}  // namespace

ComparedPicture read_compared(const std::string& path) {
  ComparedPicture out{path, image::to_rgb(image::read_picture(path)), std::nullopt};
  const std::string bytes = read_file(path);
  if (bytes.starts_with("\x89PNG") &&
      image::decode_png_metadata(std::as_bytes(std::span(bytes))).contains("newbie")) {
    out.record = record_of_png(bytes, path);
  }
  return out;
}

Comparison compare(const ComparedPicture& a, const ComparedPicture& b) {
  Comparison out;
  out.same_pixels = a.picture == b.picture;
  if (a.picture.width == b.picture.width && a.picture.height == b.picture.height) {
    image::DifferenceMap map = image::difference_map(a.picture, b.picture);
    out.measures = Measures{image::psnr(a.picture, b.picture), image::ssim(a.picture, b.picture),
                            map.largest, map.mean, map.changed_share};
    out.full_scale = map.full_scale;
    out.difference = std::move(map.picture);
  }
  if (a.record && b.record) compare_recipes(*a.record, *b.record, out);
  return out;
}

image::Picture side_by_side(const ComparedPicture& a, const ComparedPicture& b,
                            const Comparison& comparison) {
  LabelledGrid grid;
  const auto name = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  grid.columns = {fmt::format("A  {}", name(a.name)), fmt::format("B  {}", name(b.name))};
  grid.cells = {a.picture, b.picture};
  if (comparison.difference) {
    grid.columns.push_back(fmt::format("difference (white = {} levels)", comparison.full_scale));
    grid.cells.push_back(*comparison.difference);
  }
  if (comparison.measures) {
    grid.title = fmt::format("PSNR {:.2f} dB   SSIM {:.4f}", comparison.measures->psnr,
                             comparison.measures->ssim);
  }
  return draw_grid(grid);
}

std::string describe(const Comparison& comparison, prompt::DiffColour colour) {
  std::string out;
  if (comparison.same_pixels) {
    out += "same pixels\n";
  } else if (const auto& m = comparison.measures) {
    out += fmt::format(
        "PSNR {:.2f} dB, SSIM {:.4f}; {:.1f} % of the pixels differ, by {:.2f} levels on average "
        "and {} at most\n",
        m->psnr, m->ssim, 100 * m->changed_share, m->mean, m->largest);
  } else {
    out += "the pictures have different sizes: nothing to measure\n";
  }
  if (!comparison.has_recipes) {
    return out + "not both hold a recipe of newbie: nothing to say about prompts and settings\n";
  }
  const auto section = [&](const char* title, const std::string& lines) {
    if (!lines.empty()) out += fmt::format("{}:\n{}", title, lines);
  };
  section("prompt", prompt::render_changes(comparison.prompt, colour));
  section("negative prompt", prompt::render_changes(comparison.negative, colour));
  std::string others;
  for (const Difference& d : comparison.others) {
    others +=
        fmt::format("  {}{}{}: {} -> {}\n", d.kind == "request" ? "" : d.kind,
                    d.kind == "request" || d.name.empty() ? "" : " ", d.name,
                    d.before.empty() ? "nothing" : d.before, d.after.empty() ? "nothing" : d.after);
  }
  section("settings", others);
  const bool silent = comparison.prompt.empty() && comparison.negative.empty() && others.empty();
  if (silent) out += "the recipes are the same\n";
  return out;
}

std::string comparison_json(const ComparedPicture& a, const ComparedPicture& b,
                            const Comparison& comparison) {
  Json json{{"a", {{"file", a.name}, {"size", size_of(a.picture)}}},
            {"b", {{"file", b.name}, {"size", size_of(b.picture)}}},
            {"same_pixels", comparison.same_pixels},
            {"measures", nullptr},
            {"recipes", nullptr}};
  if (const auto& m = comparison.measures) {
    json["measures"] = {{"psnr_db", std::isinf(m->psnr) ? Json(nullptr) : Json(m->psnr)},
                        {"ssim", m->ssim},
                        {"largest", m->largest},
                        {"mean", m->mean},
                        {"changed_share", m->changed_share}};
  }
  if (comparison.has_recipes) {
    const auto other = [](const Difference& d) {
      return Json{{"kind", d.kind}, {"name", d.name}, {"before", d.before}, {"after", d.after}};
    };
    json["recipes"] = {{"prompt", list_json(comparison.prompt, change_json)},
                       {"negative", list_json(comparison.negative, change_json)},
                       {"settings", list_json(comparison.others, other)}};
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace newbie::workbench
