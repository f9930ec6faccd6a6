#include "models/loading.h"

#include <fmt/format.h>

#include <map>

#include "ops/transfer.h"

namespace newbie {

io::LoadReport compare(const io::WeightSet& weights, const std::vector<io::TensorSpec>& expected) {
  io::LoadReport report;
  report.network = weights.network();
  report.source = weights.source().string();
  report.layout = weights.layout();
  report.prefix = weights.prefix();
  report.ignored = weights.ignored();
  report.notes = weights.notes();
  std::unordered_set<std::string> known;
  for (const io::TensorSpec& spec : expected) {
    known.insert(spec.name);
    const auto info = weights.find(spec.name);
    if (!info) {
      const std::string why = weights.why_missing(spec.name);
      if (!why.empty()) report.missing.push_back(fmt::format("{} ({})", spec.name, why));
      if (why.empty() && spec.required) report.missing.push_back(spec.name);
    } else if (!(info->shape == spec.shape)) {
      report.mis_shaped.push_back({spec.name, info->shape, spec.shape});
    } else if (!is_floating(info->dtype)) {
      report.mis_typed.push_back(
          fmt::format("{} is {}, expected a floating type", spec.name, name_of(info->dtype)));
    } else {
      ++report.used;
    }
  }
  for (const std::string& name : weights.names()) {
    if (known.contains(name)) continue;
    for (const std::string& stored : weights.stored_names(name))
      report.unexpected.push_back(stored);
  }
  return report;
}

namespace {

/// Where files are read for a device.
Device host_of(const Device& device) {
  if (device.kind() == DeviceKind::cpu) return device;
  return device.plans() ? Device::planning(DeviceKind::cpu, device.threads())
                        : Device::cpu(device.threads());
}

}  // namespace

CheckedWeights::CheckedWeights(std::shared_ptr<const io::WeightSet> weights,
                               const std::vector<io::TensorSpec>& expected, const Device& device,
                               LoadProgress progress)
    : weights_(std::move(weights)),
      device_(device),
      host_(host_of(device)),
      progress_(std::move(progress)),
      report_(compare(*weights_, expected)) {
  if (!report_.acceptable(io::Strictness::strict)) throw report_.error(io::Strictness::strict);
  for (const io::TensorSpec& spec : expected) {
    if (const auto info = weights_->find(spec.name)) {
      total_ += static_cast<uint64_t>(info->shape.numel()) * size_of(info->dtype);
    }
  }
}

Tensor CheckedWeights::take(const std::string& path, const Shape& shape) {
  const Tensor stored = take_on_host(path, shape);
  const Tensor tensor = ops::to_device(stored, device_);
  if (!(device_ == host_)) stored.release_pages();
  return tensor;
}

Tensor CheckedWeights::take_on_host(const std::string& path, const Shape& shape) {
  device_.cancel().throw_if_requested();
  const Tensor stored = weights_->tensor(path, host_);
  check(stored.shape() == shape, fmt::format("{} was checked as {} but built as {}", path,
                                             stored.shape().str(), shape.str()));
  taken_ += stored.bytes();
  if (progress_) progress_(taken_, total_);
  return stored;
}

}  // namespace newbie
