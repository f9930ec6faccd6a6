#include "train/loop/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/escape.h"
#include "base/file.h"
#include "train/recipe/write.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxSampleBytes = uint64_t{64} << 20;
constexpr size_t kMostSamples = 12;

constexpr const char* kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem;"
    "color:#222;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    "svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#555}"
    "svg .title{font-size:14px;fill:#222}.grid{stroke:#e4e4e4}"
    "polyline{fill:none}.thin{stroke:#b8c7e8;stroke-width:1}.thick{stroke:#2b59c3;stroke-width:2}"
    "figure{margin:1rem 0}figure img{max-width:100%;border:1px solid #ddd}"
    "table{border-collapse:collapse}td{padding:.15rem .8rem .15rem 0}"
    "pre{background:#f6f6f6;padding:1rem;overflow:auto;font-size:13px}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}"
    "svg text{fill:#aaa}svg .title{fill:#ddd}.grid{stroke:#333}pre{background:#222}"
    ".thin{stroke:#3c4f7d}.thick{stroke:#8fb0ff}}";

std::string summary(const Recipe& recipe, const std::vector<StepMetrics>& metrics) {
  std::string out = "<table>\n";
  const auto row = [&](const char* name, const std::string& value) {
    out += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", name, escape_html(value));
  };
  row("kind", std::string(name_of(recipe.kind)));
  row("model", recipe.model.path);
  if (!metrics.empty()) {
    const StepMetrics& last = metrics.back();
    row("steps", fmt::format("{} of {}", last.step, recipe.run.steps));
    row("loss", fmt::format("{:.5f} at step {}, {:.5f} at step {}", metrics.front().loss,
                            metrics.front().step, last.loss, last.step));
    row("time in steps", fmt::format("{:.1f} s", last.seconds));
    row("speed", fmt::format("{:.2f} steps a second",
                             static_cast<double>(last.step) / std::max(last.seconds, 1e-9)));
  }
  return out + "</table>\n";
}

/// Samples to show: the first, the last, and others at equal distances.
std::vector<ReportSample> read_samples(const fs::path& folder) {
  std::vector<std::pair<int64_t, fs::path>> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view kPrefix = "step-";
    if (!name.starts_with(kPrefix) || entry.path().extension() != ".png") continue;
    int64_t step = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
    found.emplace_back(step, entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<ReportSample> samples;
  const size_t shown = std::min(found.size(), kMostSamples);
  for (size_t i = 0; i < shown; ++i) {
    const size_t index = shown == 1 ? 0 : i * (found.size() - 1) / (shown - 1);
    samples.push_back({found[index].first, read_file(found[index].second, kMaxSampleBytes)});
  }
  return samples;
}

}  // namespace

std::string report_html(const Recipe& recipe, const std::vector<StepMetrics>& metrics,
                        const std::vector<ReportSample>& samples) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Training: {0}</title><style>{1}</style></head><body>\n<h1>Training: {0}</h1>\n",
      escape_html(fs::path(recipe.run.out).filename().string()), kStyle);
  out += summary(recipe, metrics);
  out += "<h2>Loss</h2>\n" + loss_chart(metrics, "loss over steps");
  if (!samples.empty()) out += "<h2>Samples</h2>\n";
  for (const ReportSample& sample : samples) {
    out += fmt::format(
        "<figure><figcaption>step {0}</figcaption>"
        "<img alt=\"samples at step {0}\" src=\"data:image/png;base64,{1}\"></figure>\n",
        sample.step, to_base64(sample.png));
  }
  return out + "<h2>Recipe</h2>\n<pre>" + escape_html(to_toml(recipe)) + "</pre>\n</body></html>\n";
}

void write_report(const fs::path& run, const Recipe& recipe,
                  const std::vector<StepMetrics>& metrics) {
  write_file(run / "report.html", report_html(recipe, metrics, read_samples(run / "samples")));
}

}  // namespace newbie::train
