#include "io/weight_reader.h"

#include <fmt/format.h>

namespace newbie::io {

WeightReader::WeightReader(std::shared_ptr<const WeightSet> weights, Device device)
    : weights_(std::move(weights)), device_(std::move(device)) {
  check(device_.kind() == DeviceKind::cpu, "WeightReader: mapped weights live on the host");
  report_.network = weights_->network();
  report_.source = weights_->source().string();
  report_.layout = weights_->layout();
  report_.prefix = weights_->prefix();
  report_.ignored = weights_->ignored();
  report_.notes = weights_->notes();
}

std::optional<Tensor> WeightReader::take(std::string_view name, const Shape& expected) {
  if (weights_->has(name)) return take_optional(name, expected);
  seen_.emplace(name);
  const std::string why = weights_->why_missing(name);
  report_.missing.push_back(why.empty() ? std::string(name) : fmt::format("{} ({})", name, why));
  return std::nullopt;
}

std::optional<Tensor> WeightReader::take_optional(std::string_view name, const Shape& expected) {
  seen_.emplace(name);
  const auto info = weights_->find(name);
  if (!info) return std::nullopt;
  if (info->shape != expected) {
    report_.mis_shaped.push_back({std::string(name), info->shape, expected});
    return std::nullopt;
  }
  if (!is_floating(info->dtype)) {
    report_.mis_typed.push_back(
        fmt::format("{} is {}, expected a floating type", name, name_of(info->dtype)));
    return std::nullopt;
  }
  ++report_.used;
  return weights_->tensor(name, device_);
}

void WeightReader::skip(std::string_view name) {
  if (!name.ends_with('.')) {
    seen_.emplace(name);
    return;
  }
  for (const std::string& known : weights_->names()) {
    if (known.starts_with(name)) seen_.insert(known);
  }
}

LoadReport WeightReader::report() const {
  LoadReport report = report_;
  for (const std::string& name : weights_->names()) {
    if (seen_.contains(name)) continue;
    for (std::string& stored : weights_->stored_names(name)) {
      report.unexpected.push_back(std::move(stored));
    }
  }
  return report;
}

LoadReport WeightReader::finish(Strictness strictness) {
  LoadReport account = report();
  if (!account.acceptable(strictness)) throw account.error(strictness);
  return account;
}

}  // namespace newbie::io
