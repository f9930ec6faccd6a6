/// `newbie doctor`: what this machine and this build can do, and whether they do it right.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "engine/memory_advice.h"
#include "engine/resolve.h"
#include "engine/self_test.h"
#include "newbie/version.h"

namespace newbie::cli {
namespace {

using engine::Fit;
using ops::OpCheck;

struct Settings {
  std::string model;
  bool quick = false;
  bool all = false;
  bool json = false;
};

/// What one device said of itself.
struct Tested {
  std::string device;
  std::vector<OpCheck> checks;
  double seconds = 0;

  size_t failures() const {
    return static_cast<size_t>(std::ranges::count_if(checks, &OpCheck::failed));
  }
};

struct Findings {
  std::string processor;
  std::string instructions;
  int threads = 0;
  HardwareMemory memory;
  std::vector<std::pair<std::string, std::string>> libraries;
  DeviceList nvidia;
  std::vector<Tested> tested;
  std::vector<Fit> fits;  ///< a picture of the model's usual size, when a model was named

  bool sound() const {
    return std::ranges::all_of(tested, [](const Tested& t) { return t.failures() == 0; });
  }
};

std::string processor_name() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

Tested test(const Device& device) {
  const auto began = std::chrono::steady_clock::now();
  Tested tested{std::string(device.name()), engine::self_test(device), 0};
  tested.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return tested;
}

/// A picture of the usual size on every device that can be used.
std::vector<Fit> fits_of(const std::string& path, const DeviceList& nvidia) {
  engine::MemoryQuestion question;
  question.model = find_model(path);
  question.kind = Device::built_for(DeviceKind::cuda) ? DeviceKind::cuda : DeviceKind::cpu;
  question.request =
      engine::resolve({}, model_defaults(question.model), Device::planning(question.kind));
  if (question.kind == DeviceKind::cuda) {
    engine::MemoryPlanner planner(question);
    std::vector<Fit> fits;
    for (const DeviceDescription& device : nvidia.devices) {
      if (device.usable()) fits.push_back(engine::fit_of(planner, device.name, device.memory));
    }
    if (!fits.empty()) return fits;
    question.kind = DeviceKind::cpu;
    question.request =
        engine::resolve({}, model_defaults(question.model), Device::planning(question.kind));
  }
  const uint64_t needed = engine::plan_memory(question, {}).needed;
  return {{"cpu", "", needed, needed <= Device::cpu().memory().total}};
}

Findings examine(const Settings& settings) {
  const Device host = Device::cpu();
  Findings found{.processor = processor_name(),
                 .instructions = host.device_class(),
                 .threads = host.threads(),
                 .memory = host.memory(),
                 .libraries = engine::library_versions(),
                 .nvidia = list_devices(),
                 .tested = {},
                 .fits = {}};
  if (!settings.quick) {
    found.tested.push_back(test(host));
    for (const DeviceDescription& device : found.nvidia.devices) {
      if (device.usable()) found.tested.push_back(test(engine::device_named(device.name, 0)));
    }
  }
  if (!settings.model.empty()) found.fits = fits_of(settings.model, found.nvidia);
  return found;
}

std::string verdict(const OpCheck& check) {
  if (!check.declined.empty()) return "declines: " + check.declined;
  if (!check.failure.empty()) return "FAILS: " + check.failure;
  return fmt::format("{}, off by {:.0e} of {:.0e} allowed", check.passed() ? "right" : "WRONG",
                     check.error, check.allowed);
}

/// Both types of a candidate in one line, or only what needs attention.
void print_checks(const Tested& tested, bool all) {
  const Style s = style(stdout);
  const size_t failures = tested.failures();
  const auto declined = std::ranges::count_if(
      tested.checks, [](const OpCheck& check) { return !check.declined.empty(); });
  print_out(fmt::format(
      "  {}{}{}: {} questions to its ops in {:.1f} s, {} right, {} declined, {}{} wrong{}\n",
      s.bold, tested.device, s.reset, tested.checks.size(), tested.seconds,
      static_cast<int64_t>(tested.checks.size() - failures) - declined, declined,
      failures > 0 ? s.red : "", failures, s.reset));
  for (const OpCheck& check : tested.checks) {
    if (!all && !check.failed()) continue;
    print_out(fmt::format("    {} {} {} {}{}{}\n", pad(check.op, 24), pad(check.candidate, 12),
                          pad(name_of(check.type), 5), check.failed() ? s.red : "", verdict(check),
                          s.reset));
  }
}

void print_text(const Findings& found, const Settings& settings) {
  const Style s = style(stdout);
  const auto line = [&](std::string_view title, const std::string& text) {
    print_out(fmt::format("{}{}{} {}\n", s.bold, pad(title, 10), s.reset, text));
  };
  line("newbie", version() + (Device::built_for(DeviceKind::cuda) ? ", knows NVIDIA devices"
                                                                  : ", built for processors only"));
  line("processor",
       fmt::format("{}, {} threads, {}", found.processor, found.threads, found.instructions));
  line("memory", fmt::format("{}, {} can be had", to_string(ByteSize{found.memory.total}),
                             to_string(ByteSize{found.memory.free})));
  std::string libraries;
  for (const auto& [name, its_version] : found.libraries) {
    libraries += fmt::format("{}{} {}", libraries.empty() ? "" : ", ", name, its_version);
  }
  if (!found.nvidia.runtime.empty()) libraries += ", CUDA " + found.nvidia.runtime;
  line("libraries", libraries);
  if (!found.nvidia.driver.empty()) line("driver", found.nvidia.driver);
  for (const DeviceDescription& device : found.nvidia.devices) {
    line(device.name, device.usable()
                          ? fmt::format("{}, compute capability {}, {} of {} free", device.model,
                                        device.capability, to_string(ByteSize{device.memory.free}),
                                        to_string(ByteSize{device.memory.total}))
                          : fmt::format("{}: cannot be used, {}", device.model, device.refusal));
  }
  if (found.nvidia.devices.empty()) line("NVIDIA", "no device: " + found.nvidia.absence);
  if (!found.tested.empty()) print_out(fmt::format("\n{}self-test{}\n", s.bold, s.reset));
  for (const Tested& tested : found.tested) print_checks(tested, settings.all);
  if (found.fits.empty()) return;
  print_out(fmt::format("\n{}{}, 1024x1024{}\n", s.bold, settings.model, s.reset));
  for (const Fit& fit : found.fits) {
    print_out(fmt::format("  {} {}\n", pad(fit.name, 8),
                          fit.fits
                              ? fmt::format("fits{}{}, takes {}", fit.flags.empty() ? "" : " with ",
                                            fit.flags, to_string(ByteSize{fit.needed}))
                              : std::string("does not fit; `newbie memory` shows what would")));
  }
}

void print_json(const Findings& found) {
  Json json{{"version", version()},
            {"knows_nvidia", Device::built_for(DeviceKind::cuda)},
            {"processor", found.processor},
            {"instructions", found.instructions},
            {"threads", found.threads},
            {"memory_bytes", found.memory.total},
            {"available_bytes", found.memory.free},
            {"libraries", Json::object()},
            {"driver", found.nvidia.driver},
            {"devices", Json::array()},
            {"self_test", Json::array()},
            {"sound", found.sound()}};
  for (const auto& [name, its_version] : found.libraries) json["libraries"][name] = its_version;
  if (!found.nvidia.runtime.empty()) json["libraries"]["CUDA"] = found.nvidia.runtime;
  if (!found.nvidia.absence.empty()) json["no_devices"] = found.nvidia.absence;
  for (const DeviceDescription& device : found.nvidia.devices) {
    json["devices"].push_back({{"name", device.name},
                               {"model", device.model},
                               {"capability", device.capability},
                               {"memory_bytes", device.memory.total},
                               {"free_bytes", device.memory.free},
                               {"usable", device.usable()},
                               {"refusal", device.refusal}});
  }
  for (const Tested& tested : found.tested) {
    for (const OpCheck& check : tested.checks) {
      json["self_test"].push_back({{"device", tested.device},
                                   {"op", check.op},
                                   {"candidate", check.candidate},
                                   {"dtype", name_of(check.type)},
                                   {"passed", check.passed()},
                                   {"declined", check.declined},
                                   {"failure", check.failure},
                                   {"error", check.error},
                                   {"allowed", check.allowed}});
    }
  }
  for (const Fit& fit : found.fits) {
    json["fits"].push_back({{"device", fit.name},
                            {"fits", fit.fits},
                            {"flags", fit.flags},
                            {"peak_bytes", fit.needed}});
  }
  print_out(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void add_doctor_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "doctor", "What this machine and this build can do, and whether they do it right.");
  command.add_option("-m,--model", settings->model, "also say where this model's pictures fit")
      ->envname("NEWBIE_MODEL");
  command.add_flag("--quick", settings->quick, "leave out the self-test of the ops");
  command.add_flag("--all", settings->all, "list every question of the self-test");
  command.add_flag("--json", settings->json, "print everything as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie doctor\n"
               "  newbie doctor --json | jq .devices\n"
               "\n"
               "The exit code is 1 when an op answers wrongly.");
  command.callback([settings] {
    const Findings found = examine(*settings);
    settings->json ? print_json(found) : print_text(found, *settings);
    finish(found.sound() ? kClean : kFindings);
  });
}

}  // namespace newbie::cli
