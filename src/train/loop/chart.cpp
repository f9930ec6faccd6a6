#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "train/loop/report.h"

namespace newbie::train {
namespace {

constexpr double kWidth = 860, kHeight = 300, kLeft = 64, kRight = 12, kTop = 28, kBottom = 34;

/// Where numbers lie in the picture.
struct Scale {
  double first, last, low, high;
  bool logarithmic;

  double x(double step) const {
    const double span = std::max(1.0, last - first);
    return kLeft + (step - first) / span * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    const auto f = [this](double v) { return logarithmic ? std::log(v) : v; };
    const double span = f(high) - f(low);
    const double share = span > 0 ? (f(value) - f(low)) / span : 0.5;
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }
  /// `count` values at equal distances on the axis.
  double mark(int i, int count) const {
    const double share = static_cast<double>(i) / count;
    if (logarithmic) return low * std::pow(high / low, share);
    return low + share * (high - low);
  }
};

Scale scale_of(const std::vector<StepMetrics>& metrics) {
  const auto by_loss = [](const StepMetrics& a, const StepMetrics& b) { return a.loss < b.loss; };
  const auto [low, high] = std::minmax_element(metrics.begin(), metrics.end(), by_loss);
  return {static_cast<double>(metrics.front().step), static_cast<double>(metrics.back().step),
          low->loss, high->loss, low->loss > 0};
}

std::string polyline(const std::vector<std::pair<double, double>>& points, const char* kind) {
  std::string out = fmt::format("<polyline class=\"{}\" points=\"", kind);
  for (const auto& [x, y] : points) out += fmt::format("{:.1f},{:.1f} ", x, y);
  return out + "\"/>\n";
}

/// At most about two points per pixel: a long run's page must not be megabytes.
std::vector<std::pair<double, double>> every_value(const std::vector<StepMetrics>& metrics,
                                                   const Scale& scale) {
  const size_t stride = metrics.size() / 1700 + 1;
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < metrics.size(); i += stride) {
    points.emplace_back(scale.x(static_cast<double>(metrics[i].step)), scale.y(metrics[i].loss));
  }
  return points;
}

std::vector<std::pair<double, double>> medians(const std::vector<StepMetrics>& metrics,
                                               const Scale& scale) {
  const size_t window = std::max<size_t>(1, metrics.size() / 50);
  std::vector<std::pair<double, double>> points;
  for (size_t begin = 0; begin < metrics.size(); begin += window) {
    const size_t end = std::min(begin + window, metrics.size());
    std::vector<double> values;
    for (size_t i = begin; i < end; ++i) values.push_back(metrics[i].loss);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    const double step = static_cast<double>(metrics[begin].step + metrics[end - 1].step) / 2;
    points.emplace_back(scale.x(step), scale.y(*middle));
  }
  return points;
}

}  // namespace

std::string loss_chart(const std::vector<StepMetrics>& metrics, const std::string& title) {
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n"
      "<text x=\"{:.0f}\" y=\"18\" class=\"title\">{}</text>\n",
      kWidth, kHeight, title, kLeft, title);
  if (metrics.empty()) return out + "</svg>\n";
  const Scale scale = scale_of(metrics);
  constexpr int kMarks = 4;
  double marked = -1;
  for (int i = 0; i <= kMarks; ++i) {
    const double value = scale.mark(i, kMarks), y = scale.y(value);
    out += fmt::format(
        "<line class=\"grid\" x1=\"{:.0f}\" y1=\"{:.1f}\" x2=\"{:.0f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>\n",
        kLeft, y, kWidth - kRight, y, kLeft - 8, y + 4, value);
    const double step = std::round(scale.first + (scale.last - scale.first) * i / kMarks);
    if (step == std::exchange(marked, step)) continue;  // a short run has fewer steps than marks
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{:.0f}</text>\n",
                       scale.x(step), kHeight - 12, step);
  }
  out += polyline(every_value(metrics, scale), "thin");
  out += polyline(medians(metrics, scale), "thick");
  return out + "</svg>\n";
}

}  // namespace newbie::train
