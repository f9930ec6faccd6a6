#pragma once
/// A page that shows how a run went: one HTML file with everything inside.

#include <filesystem>
#include <string>
#include <vector>

#include "train/loop/metrics.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// A picture of the run and when it was made.
struct ReportSample {
  int64_t step = 0;
  std::string png;
};

/// Loss curve, samples, settings. The same input gives the same bytes.
std::string report_html(const Recipe& recipe, const std::vector<StepMetrics>& metrics,
                        const std::vector<ReportSample>& samples);

/// The curve of one number over the steps, as an SVG element: every value thin, the moving median
/// of a fiftieth of them thick. Values on a logarithmic scale when they are all positive.
std::string loss_chart(const std::vector<StepMetrics>& metrics, const std::string& title);

/// Writes `run`/report.html with the pictures in `run`/samples: the first, the last and up to ten
/// between them. Errors: `file.*`.
void write_report(const std::filesystem::path& run, const Recipe& recipe,
                  const std::vector<StepMetrics>& metrics);

}  // namespace newbie::train
