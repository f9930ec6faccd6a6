#include "io/load_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace newbie::io {
namespace {

constexpr size_t kListed = 20;
constexpr size_t kCandidates = 2000;  // keeps did-you-mean cheap on hopeless files

/// "  3 missing:" and one indented line each, for the first 20.
template <class Line>
std::string section(std::string_view what, size_t count, const Line& line) {
  if (count == 0) return {};
  std::string text = fmt::format("\n  {} {}:", count, what);
  for (size_t i = 0; i < std::min(count, kListed); ++i) text += "\n    " + line(i);
  if (count > kListed) text += fmt::format("\n    ... and {} more", count - kListed);
  return text;
}

std::string hint_for(const LoadReport& report) {
  if (!report.mis_shaped.empty()) {
    return "the sizes in config.json belong to other weights: use the config that came with these";
  }
  if (!report.mis_typed.empty()) {
    return "these weights are quantised in a way that cannot be read; use the BF16 or F32 files";
  }
  if (report.missing.size() > report.used) {
    return "is this the file of another network, or of another size?";
  }
  return report.missing.empty() ? "the file may belong to a newer or an adapted network"
                                : "perhaps an incomplete download or conversion";
}

}  // namespace

Error LoadReport::error(Strictness strictness) const {
  const bool count_unexpected = strictness == Strictness::strict && !unexpected.empty();
  std::vector<std::string_view> near;
  for (const std::string& name : unexpected) {
    if (near.size() < kCandidates) near.push_back(name);
  }

  std::string text = fmt::format("{} does not hold the tensors of {}", source, network);
  text += section("missing", missing.size(), [&](size_t i) {
    const std::string found = did_you_mean(missing[i], near);
    return found.empty() ? missing[i] : fmt::format("{} (the file has {})", missing[i], found);
  });
  text += section("of another shape", mis_shaped.size(), [&](size_t i) {
    const ShapeMismatch& wrong = mis_shaped[i];
    return fmt::format("{} is {}, expected {}", wrong.name, wrong.found.str(),
                       wrong.expected.str());
  });
  text += section("of another type", mis_typed.size(), [&](size_t i) { return mis_typed[i]; });
  if (count_unexpected) {
    text += section("unexpected", unexpected.size(), [&](size_t i) { return unexpected[i]; });
  }

  std::string code = "weights.mismatch";
  const int kinds = !missing.empty() + !mis_shaped.empty() + !mis_typed.empty() + count_unexpected;
  if (kinds == 1 && !missing.empty()) code = "weights.missing";
  if (kinds == 1 && !mis_shaped.empty()) code = "weights.shape_mismatch";
  if (kinds == 1 && !mis_typed.empty()) code = "weights.unsupported_dtype";
  if (kinds == 1 && count_unexpected) code = "weights.unexpected";
  return Error(code, text)
      .where(fmt::format("loading {} (layout {}{})", network, layout,
                         prefix.empty() ? "" : fmt::format(", prefix {}", prefix)))
      .hint(hint_for(*this));
}

}  // namespace newbie::io
