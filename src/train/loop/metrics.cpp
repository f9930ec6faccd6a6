#include "train/loop/metrics.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

namespace newbie::train {
namespace {

constexpr uint64_t kMaxMetricsBytes = uint64_t{1} << 32;

std::string line_of(const StepMetrics& metrics) {
  Json json{{"step", metrics.step}, {"loss", metrics.loss}};
  for (const auto& [name, value] : metrics.parts) json["parts"][name] = value;
  json["gradient_norm"] = metrics.gradient_norm;
  json["learning_rate_factor"] = metrics.learning_rate_factor;
  json["seconds"] = metrics.seconds;
  json["pictures_per_second"] = metrics.pictures_per_second;
  json["memory"] = metrics.memory;
  return json.dump() + "\n";
}

/// Nothing for a line that an interruption cut short.
bool read_line(std::string_view line, StepMetrics& metrics) {
  const auto json = parse_json(line, "metrics");
  if (!json || !json->is_object() || !json->contains("step")) return false;
  const auto number = [&](const char* key) {
    const auto found = json->find(key);
    return found != json->end() && found->is_number() ? found->get<double>() : 0;
  };
  metrics.step = static_cast<int64_t>(number("step"));
  metrics.loss = number("loss");
  metrics.gradient_norm = number("gradient_norm");
  metrics.learning_rate_factor = number("learning_rate_factor");
  metrics.seconds = number("seconds");
  metrics.pictures_per_second = number("pictures_per_second");
  metrics.memory = static_cast<uint64_t>(number("memory"));
  if (const auto parts = json->find("parts"); parts != json->end() && parts->is_object()) {
    for (const auto& [name, value] : parts->items()) {
      if (value.is_number()) metrics.parts.emplace_back(name, value.get<double>());
    }
  }
  return true;
}

}  // namespace

MetricsFile::MetricsFile(std::filesystem::path path, int64_t step) : path_(std::move(path)) {
  std::error_code ignored;
  std::string kept;
  if (step > 0 && std::filesystem::exists(path_, ignored)) {
    const std::string text = read_file(path_, kMaxMetricsBytes);
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = std::string_view(text).substr(begin, end - begin);
      begin = end + 1;
      StepMetrics metrics;
      if (!read_line(line, metrics) || metrics.step > step) continue;
      kept += std::string(line) + "\n";
      all_.push_back(std::move(metrics));
    }
  }
  write_file(path_, kept);
}

void MetricsFile::append(const StepMetrics& metrics) {
  const std::string line = line_of(metrics);
  std::FILE* file = std::fopen(path_.c_str(), "ab");
  const bool written =
      file != nullptr && std::fwrite(line.data(), 1, line.size(), file) == line.size();
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (!written || !closed) {
    throw Error(errno == ENOSPC ? "file.disk_full" : "file.unwritable",
                fmt::format("{} cannot be written: {}", path_.string(), std::strerror(errno)));
  }
  all_.push_back(metrics);
}

}  // namespace newbie::train
