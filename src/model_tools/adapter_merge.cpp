#include "model_tools/adapter_merge.h"

#include <fmt/format.h>

#include "adapters/read.h"
#include "adapters/report.h"
#include "model_tools/adapter_targets.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

Layout layout_of(const OpenedModel& model) {
  if (model.layout == "B") return Layout::comfyui;
  return model.layout == "A2" ? Layout::diffusers_native : Layout::diffusers;
}

}  // namespace

ConvertReport merge_adapters(const fs::path& from,
                             const std::vector<adapters::AdapterRequest>& requests,
                             const fs::path& to, std::optional<DType> dtype, int threads,
                             const Progress& progress) {
  const OpenedModel model = open_model(from);
  const adapters::Targets targets = targets_of(model);
  adapters::AdapterSet set;
  std::vector<std::string> notes;
  for (const auto& [path, strength] : requests) {
    set.push_back({adapters::read_adapter(path, &targets), strength});
    const adapters::Adapter& read = *set.back().adapter;
    notes.push_back(fmt::format("{} at {}: {}", path.string(), strength, adapters::summary(read)));
    for (const std::string& note : read.notes) notes.push_back(path.string() + ": " + note);
    if (!read.unmatched.empty()) {
      notes.push_back(fmt::format("{}: {} of its modules are not in this model, such as {}",
                                  path.string(), read.unmatched.size(), read.unmatched.front()));
    }
  }
  const ConvertOptions options{
      .layout = layout_of(model), .dtype = dtype, .threads = threads, .merge = &set};
  ConvertReport report = to.extension() == ".safetensors"
                             ? convert_to_file(from, to, options, progress)
                             : convert_model(from, to, options, progress);
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  return report;
}

}  // namespace newbie::model_tools
