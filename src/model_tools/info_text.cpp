#include <fmt/format.h>

#include "base/json.h"
#include "model_tools/info.h"

namespace newbie::model_tools {
namespace {

std::string gigabytes(uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", value * 1e-3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", value * 1e-6);
  return fmt::format("{:.2f} GB", value * 1e-9);
}

/// 3486636096 as 3,486,636,096.
std::string grouped(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string types(const PartInfo& part) {
  if (part.dtypes.size() == 1) return part.dtypes[0].first;
  std::string text;
  for (const auto& [dtype, count] : part.dtypes) {
    text += fmt::format("{}{} {:.1f}%", text.empty() ? "" : ", ", dtype,
                        100.0 * static_cast<double>(count) / static_cast<double>(part.parameters));
  }
  return text;
}

uint64_t bytes_of(const PartInfo& part) {
  uint64_t total = 0;
  for (const FileInfo& file : part.files) total += file.bytes;
  return total;
}

void add_part(std::string& out, const PartInfo& part) {
  const auto row = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) out += fmt::format("    {:<12} {}\n", label, value);
  };
  out += fmt::format("\n  {}\n", part.part);
  row("problem", part.problem);
  if (part.network.empty()) return;
  row("network", part.network);
  row("parameters", fmt::format("{} in {} tensors", grouped(part.parameters), part.tensors));
  row("types", types(part));
  for (const auto& [label, value] : part.sizes) row(label, value);
  row("names",
      part.prefix.empty() ? part.names : fmt::format("{}, behind {}", part.names, part.prefix));
  if (part.ignored > 0) row("set aside", fmt::format("{} tensors of other kinds", part.ignored));
  for (const FileInfo& file : part.files) {
    row("file", fmt::format("{} ({})", file.name, gigabytes(file.bytes)));
    if (!file.sha256.empty()) row("sha256", file.sha256);
  }
  for (const auto& [key, value] : part.metadata) {
    row("metadata", fmt::format("{} = {:.100}{}", key, value, value.size() > 100 ? "..." : ""));
  }
}

Json json_of(const PartInfo& part) {
  Json json{{"part", part.part}};
  if (part.network.empty()) return json["problem"] = part.problem, json;
  json["network"] = part.network;
  json["tensors"] = part.tensors;
  json["parameters"] = part.parameters;
  json["bytes"] = bytes_of(part);
  for (const auto& [dtype, count] : part.dtypes) json["dtypes"][dtype] = count;
  json["names"] = part.names;
  json["prefix"] = part.prefix;
  json["ignored_tensors"] = part.ignored;
  for (const FileInfo& file : part.files) {
    Json entry{{"name", file.name}, {"bytes", file.bytes}};
    if (!file.sha256.empty()) entry["sha256"] = file.sha256;
    json["files"].push_back(std::move(entry));
  }
  json["metadata"] = part.metadata;
  if (!part.config.empty()) json["config"] = Json::parse(part.config);
  return json;
}

}  // namespace

std::string to_text(const ModelInfo& info) {
  uint64_t parameters = 0, bytes = 0;
  for (const PartInfo& part : info.parts) {
    parameters += part.parameters;
    bytes += bytes_of(part);
  }
  std::string out = fmt::format("{}\n  layout {} ({}), {} parameters, {}\n", info.path, info.layout,
                                info.layout_title, grouped(parameters), gigabytes(bytes));
  for (const PartInfo& part : info.parts) add_part(out, part);
  if (!info.licence_files.empty()) {
    out += fmt::format("\n  licence and notes: {}\n", fmt::join(info.licence_files, ", "));
  }
  return out;
}

std::string to_json(const ModelInfo& info) {
  Json json{{"path", info.path}, {"layout", info.layout}, {"layout_title", info.layout_title}};
  json["parts"] = Json::array();
  for (const PartInfo& part : info.parts) json["parts"].push_back(json_of(part));
  json["licence_files"] = info.licence_files;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace newbie::model_tools
