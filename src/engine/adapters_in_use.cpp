#include "engine/adapters_in_use.h"

#include <fmt/format.h>

#include <set>

#include "adapters/attach.h"
#include "adapters/read.h"
#include "adapters/report.h"

namespace newbie::engine {
namespace {

namespace fs = std::filesystem;

adapters::Targets targets_of(const ModelFolder& model) {
  adapters::Targets targets;
  for (const auto& names : pipeline::adaptable_networks(model)) {
    targets.add(names.network, names.expected, names.layouts);
  }
  return targets;
}

/// The request, and whether its file is still the same.
std::string state_of(const std::string& request) {
  const fs::path file = adapters::adapter_file(adapters::parse_request(request).path);
  std::error_code ignored;
  const auto written = fs::last_write_time(file, ignored).time_since_epoch().count();
  return fmt::format("{} {} {}", request, fs::file_size(file, ignored), written);
}

void add_networks(const adapters::AdapterSet& set, std::set<std::string>& networks) {
  for (const auto& [adapter, strength] : set) {
    for (const adapters::Module& module : adapter->modules) networks.insert(module.network);
  }
}

}  // namespace

std::vector<std::string> AdaptersInUse::prepare(const std::vector<std::string>& requested,
                                                const ModelFolder& model) {
  std::vector<std::string> state;
  for (const std::string& request : requested) state.push_back(state_of(request));
  if (state == state_) return {};
  adapters::AdapterSet set;
  if (!requested.empty()) {
    const adapters::Targets targets = targets_of(model);
    for (const std::string& request : requested) {
      const auto [path, strength] = adapters::parse_request(request);
      set.push_back({adapters::read_adapter(path, &targets), strength});
    }
  }
  std::set<std::string> networks;
  add_networks(set_, networks);
  add_networks(set, networks);
  set_ = std::move(set);
  state_ = std::move(state);
  return {networks.begin(), networks.end()};
}

pipeline::Wrap AdaptersInUse::wrap() const {
  if (set_.empty()) return {};
  return [this](nn::WeightProvider& checked, std::string_view network, const nn::WeightUse& use) {
    return std::make_unique<adapters::AdaptedWeights>(checked, set_, std::string(network), use);
  };
}

bool AdaptersInUse::change_prompts() const {
  std::set<std::string> networks;
  add_networks(set_, networks);
  networks.erase("next_dit");
  return !networks.empty();
}

void AdaptersInUse::tell(const GenerateEvents& events) const {
  if (!events.note) return;
  for (const auto& [adapter, strength] : set_) {
    const std::string name = adapter->source.string();
    events.note("info",
                fmt::format("info: {} at {}: {}\n", name, strength, adapters::summary(*adapter)));
    for (const std::string& note : adapter->notes) {
      events.note("warning", fmt::format("warning: {}: {}\n", name, note));
    }
    if (!adapter->unmatched.empty()) {
      events.note("warning",
                  fmt::format("warning: {}: {} of its modules are not in this model, such as {}\n",
                              name, adapter->unmatched.size(), adapter->unmatched.front()));
    }
  }
}

}  // namespace newbie::engine
