#include "engine/device_choice.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"

namespace newbie::engine {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Device best_device(int threads) {
  try {
    return Device::cuda(0);
  } catch (const Error& error) {
    if (error.code() != "device.unavailable") throw;
    return Device::cpu(threads);
  }
}

}  // namespace

Device device_named(const std::string& name, int threads) {
  if (name == "auto") return best_device(threads);
  if (name == "cpu") return Device::cpu(threads);
  if (name == "cuda") return Device::cuda(0);
  constexpr std::string_view kPrefix = "cuda:";
  if (name.starts_with(kPrefix)) {
    if (const auto index = number(std::string_view(name).substr(kPrefix.size()))) {
      return Device::cuda(*index);
    }
  }
  throw Error("request.device", fmt::format("there is no device \"{}\"", name))
      .hint("auto, cpu, cuda, or cuda:N for the N-th of several; `newbie doctor` lists them");
}

}  // namespace newbie::engine
