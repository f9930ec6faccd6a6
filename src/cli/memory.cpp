/// `newbie memory`: what a picture takes, before anything is loaded, and what fits where.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/memory_table.h"
#include "cli/options.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "engine/memory_advice.h"
#include "engine/resolve.h"

namespace newbie::cli {
namespace {

using engine::Fit;
using engine::MemoryAdvice;
using engine::MemoryPlan;
using engine::MemoryQuestion;

struct Settings {
  std::string model;
  GenerateRequest request;
  std::string resolution;
  std::string device = "auto";
  std::string offload = "auto";
  ByteSize limit;
  int64_t tokens = 256;
  int64_t negative_tokens = 256;
  bool keep_loaded = false;
  bool json = false;
};

DeviceKind kind_of(const std::string& device) {
  if (device == "cpu") return DeviceKind::cpu;
  if (device == "cuda" || Device::built_for(DeviceKind::cuda)) return DeviceKind::cuda;
  return DeviceKind::cpu;
}

MemoryQuestion question_of(const Settings& settings) {
  MemoryQuestion question;
  question.model = find_model(settings.model);
  question.kind = kind_of(settings.device);
  GenerateRequest request = settings.request;
  request.count = request.batch;
  engine::validate(request);
  question.request =
      engine::resolve(request, model_defaults(question.model), Device::planning(question.kind));
  question.lengths = {{settings.tokens, settings.tokens},
                      {settings.negative_tokens, settings.negative_tokens}};
  question.keep_loaded = settings.keep_loaded;
  return question;
}

/// The devices of this machine and how the request runs on them.
std::vector<Fit> fits_here(const MemoryQuestion& question, const Settings& settings) {
  std::vector<Fit> fits;
  if (question.kind == DeviceKind::cpu) {
    const HardwareMemory memory = Device::cpu().memory();
    const uint64_t needed = engine::plan_memory(question, {}).needed;
    fits.push_back({fmt::format("host, {} of memory", to_string(ByteSize{memory.total})), "",
                    needed, needed <= memory.total});
    return fits;
  }
  engine::MemoryPlanner planner(question);
  for (const DeviceDescription& device : list_devices().devices) {
    if (!device.usable()) continue;
    const auto name = fmt::format("{} ({}), {} free", device.name, device.model,
                                  to_string(ByteSize{device.memory.free}));
    fits.push_back(
        engine::fit_of(planner, name, device.memory, settings.offload, settings.limit.bytes));
  }
  return fits;
}

Json plan_json(const MemoryPlan& plan) {
  return {{"offload", engine::name_of(plan.policy.offload)},
          {"vae_tile", plan.policy.vae_tile},
          {"peak_bytes", plan.needed},
          {"bytes_copied_per_evaluation", plan.bytes_per_pass},
          {"parts", parts_json(plan.report)}};
}

Json fit_json(const Fit& fit) {
  return {{"name", fit.name},
          {"fits", fit.fits},
          {"flags", fit.flags},
          {"peak_bytes", fit.fits ? Json(fit.needed) : Json(nullptr)}};
}

void print_json(const MemoryQuestion& question, const MemoryAdvice& advice,
                const std::vector<Fit>& here) {
  const GenerateRequest& request = question.request;
  Json json{{"device", question.kind == DeviceKind::cuda ? "cuda" : "cpu"},
            {"width", *request.width},
            {"height", *request.height},
            {"batch", request.batch},
            {"dtype", request.dtype},
            {"vae_dtype", request.vae_dtype},
            {"plans", Json::array()},
            {"cards", Json::array()},
            {"here", Json::array()}};
  for (const MemoryPlan& plan : advice.plans) json["plans"].push_back(plan_json(plan));
  for (const Fit& fit : advice.cards) json["cards"].push_back(fit_json(fit));
  for (const Fit& fit : here) json["here"].push_back(fit_json(fit));
  print_out(json.dump(2) + "\n");
}

/// A column per policy.
void print_plans(const std::vector<MemoryPlan>& plans) {
  std::vector<MemoryColumn> columns;
  std::vector<std::string> copied;
  for (const MemoryPlan& plan : plans) {
    columns.push_back(
        {fmt::format("offload {}", engine::name_of(plan.policy.offload)), plan.report});
    copied.push_back(plan.bytes_per_pass == 0 ? "-" : to_string(ByteSize{plan.bytes_per_pass}));
  }
  print_memory_table(columns);
  if (plans.size() > 1) print_out(memory_row("copied in every evaluation", copied));
}

void print_fits(const char* title, const std::vector<Fit>& fits) {
  if (fits.empty()) return;
  const Style s = style(stdout);
  size_t widest = 0;
  for (const Fit& fit : fits) widest = std::max(widest, fit.name.size());
  print_out(fmt::format("\n{}{}{}\n", s.bold, title, s.reset));
  for (const Fit& fit : fits) {
    const std::string how = !fit.fits           ? "does not fit"
                            : fit.flags.empty() ? "fits"
                                                : "fits with " + fit.flags;
    const std::string takes = fit.fits ? ", takes " + to_string(ByteSize{fit.needed}) : "";
    print_out(fmt::format("  {}  {}{}{}{}\n", pad(fit.name, widest), fit.fits ? s.green : s.red,
                          how, s.reset, takes));
  }
}

void run(Settings& settings) {
  set_resolution(settings.request, settings.resolution);
  if (settings.model.empty()) {
    throw Error("request.model", "no model was given")
        .hint("newbie memory FOLDER, or set NEWBIE_MODEL");
  }
  const MemoryQuestion question = question_of(settings);
  const MemoryAdvice advice = engine::advise(question);
  const std::vector<Fit> here = fits_here(question, settings);
  if (settings.json) return print_json(question, advice, here);
  const GenerateRequest& request = question.request;
  print_out(fmt::format("{}x{}, batch {}, {} (VAE {}), prompts of {} and {} tokens, on {}\n\n",
                        *request.width, *request.height, request.batch, request.dtype,
                        request.vae_dtype, settings.tokens, settings.negative_tokens,
                        question.kind == DeviceKind::cuda ? "an NVIDIA device" : "the host"));
  print_plans(advice.plans);
  if (question.kind == DeviceKind::cuda) {
    print_out(fmt::format("\nDriver and libraries keep {} of a card for themselves.\n",
                          to_string(ByteSize{kDriverShare})));
  }
  print_fits("cards", advice.cards);
  print_fits("this machine", here);
}

}  // namespace

void add_memory_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "memory", "How much memory a picture takes, and which flags make it fit.");
  command.add_option("MODEL", settings->model, "the model's folder")->envname("NEWBIE_MODEL");
  command.add_option("--resolution", settings->resolution, "size as WIDTHxHEIGHT");
  command.add_option("-W,--width", settings->request.width, "pixels across");
  command.add_option("-H,--height", settings->request.height, "pixels down");
  command.add_option("--batch", settings->request.batch, "pictures in one forward pass");
  add_choice(command, "--dtype", settings->request.dtype, {"auto", "f32", "bf16", "f16", "fp8"},
             "type of weights and activations");
  add_choice(command, "--vae-dtype", settings->request.vae_dtype, {"auto", "f32", "bf16"},
             "type of the VAE");
  command.add_option("--vae-tile", settings->request.vae_tile,
                     "decode in tiles of this many pixels; -1 = as large as fits");
  add_choice(command, "--device", settings->device, {"auto", "cpu", "cuda"},
             "what the picture is made on; auto = an NVIDIA device where this build knows them");
  add_choice(command, "--offload", settings->offload, {"auto", "none", "encoders", "all"},
             "what leaves the device, for the lines on this machine");
  command.add_option_function<std::string>(
      "--vram-limit",
      [settings](const std::string& text) { settings->limit = parse_byte_size(text); },
      "use at most this much of a device, for example 12GB");
  command.add_option("--tokens", settings->tokens, "length of the prompt")->capture_default_str();
  command
      .add_option("--negative-tokens", settings->negative_tokens, "length of the negative prompt")
      ->capture_default_str();
  command.add_flag("--keep-loaded", settings->keep_loaded,
                   "networks stay between pictures, as in `newbie create`");
  command.add_flag("--json", settings->json, "print everything as JSON, in bytes");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie memory newbie-image --resolution 1536x1536\n"
               "  newbie memory newbie-image --batch 4 --dtype fp8 --vram-limit 16GB");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
