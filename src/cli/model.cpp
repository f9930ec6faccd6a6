/// `newbie model info|verify|synth|convert|tokenizer`: looking at, checking, making and rewriting
/// models.

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/model_commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/watched.h"
#include "model_tools/convert.h"
#include "model_tools/info.h"
#include "model_tools/synth.h"
#include "model_tools/verify.h"

namespace newbie::cli {
namespace {

const std::vector<std::string> kDtypes{"f32", "bf16", "f16", "f8_e4m3", "f8_e5m2"};
const std::vector<std::string> kLayouts{"diffusers", "diffusers-native", "comfyui"};

struct CommonSettings {
  std::string path;
  int threads = 0;
  bool json = false;
  bool quiet = false;

  void add_to(CLI::App& command, const std::string& what) {
    command.add_option("PATH", path, what)->required();
    command.add_option("--threads", threads, "processors to use; 0 = all");
    command.add_flag("-q,--quiet", quiet, "show no progress");
    add_color_option(command);
  }
};

void add_info(CLI::App& group) {
  struct Settings : CommonSettings {
    std::string hash = "none";
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "info", "What lies at a path: networks, sizes, types, layout, licence, hashes.");
  settings->add_to(command, "a model's folder, or a file or folder with one network");
  command.add_flag("--json", settings->json, "print everything as JSON, configs included");
  add_choice(command, "--hash", settings->hash, {"none", "sha256"},
             "hash every weight file (reads all of it)");
  add_examples(command,
               "examples:\n"
               "  newbie model info newbie-image\n"
               "  newbie model info diffusion_models/NewBie-Image-bf16.safetensors --hash sha256\n"
               "  newbie model info newbie-image --json | jq .parts[].parameters");
  command.callback([settings] {
    Watched watched(settings->quiet);
    const auto info = model_tools::inspect_model(
        settings->path,
        settings->hash == "sha256" ? model_tools::Hashes::sha256 : model_tools::Hashes::none,
        watched.progress());
    watched.clear();
    print_out(settings->json ? model_tools::to_json(info) : model_tools::to_text(info));
  });
}

void print_findings(const model_tools::VerifyReport& report) {
  const Style s = style(stdout);
  for (const model_tools::Finding& finding : report.findings) {
    print_out(fmt::format("{}{}{}{}{}: {}\n", s.red, finding.code, s.reset,
                          finding.part.empty() ? "" : " in ", finding.part, finding.text));
    if (!finding.fix.empty())
      print_out(fmt::format("  {}fix:{} {}\n", s.dim, s.reset, finding.fix));
  }
  if (report.sound()) {
    print_out(fmt::format("{}sound{}: {} tensors, {:.2f} GB read\n", s.green, s.reset,
                          report.tensors, static_cast<double>(report.bytes_read) * 1e-9));
  }
}

void print_findings_json(const model_tools::VerifyReport& report) {
  Json json{{"sound", report.sound()}, {"tensors", report.tensors}, {"findings", Json::array()}};
  for (const model_tools::Finding& finding : report.findings) {
    json["findings"].push_back({{"part", finding.part},
                                {"code", finding.code},
                                {"text", finding.text},
                                {"fix", finding.fix}});
  }
  print_out(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void add_verify(CLI::App& group) {
  struct Settings : CommonSettings {
    bool headers_only = false;
    std::string hashes;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "verify", "Is a model whole and sound? Tensors, shapes, values, tokenizers, hashes.");
  settings->add_to(command, "a model's folder, or a file or folder with one network");
  command.add_flag("--json", settings->json, "print the findings as JSON");
  command.add_flag("--headers-only", settings->headers_only,
                   "do not read the values (no search for NaN)");
  command.add_option("--hashes", settings->hashes, "compare with a list made by sha256sum");
  add_examples(command,
               "examples:\n"
               "  newbie model verify newbie-image\n"
               "  newbie model verify newbie-image --hashes SHA256SUMS\n"
               "\n"
               "exit codes:\n"
               "  0  sound\n"
               "  1  something is wrong; every finding is listed\n"
               "  2  wrong usage, or there is no model");
  command.callback([settings] {
    Watched watched(settings->quiet);
    const auto report = model_tools::verify_model(settings->path,
                                                  {.values = !settings->headers_only,
                                                   .hash_list = settings->hashes,
                                                   .threads = settings->threads},
                                                  watched.progress());
    watched.clear();
    settings->json ? print_findings_json(report) : print_findings(report);
    finish(report.sound() ? kClean : kFindings);
  });
}

void add_synth(CLI::App& group) {
  struct Settings : CommonSettings {
    std::string preset = "tiny";
    std::string layout = "diffusers";
    std::string dtype = "bf16";
    uint64_t seed = 0;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "synth", "Make a model with random values: right names, shapes and files, no training.");
  settings->add_to(command, "the folder to make");
  add_choice(command, "--preset", settings->preset, model_tools::preset_names(), "which model");
  add_choice(command, "--layout", settings->layout, kLayouts, "how it is laid out");
  add_choice(command, "--dtype", settings->dtype, kDtypes, "element type");
  command.add_option("--seed", settings->seed, "the same seed gives the same values")
      ->default_str("0");
  add_examples(command,
               "examples:\n"
               "  newbie model synth --preset tiny /tmp/tiny\n"
               "  newbie model synth --preset newbie-exp0.1 --layout comfyui big   # about 16 GB");
  command.callback([settings] {
    Watched watched(settings->quiet);
    const auto files =
        model_tools::synth_model(model_tools::preset(settings->preset), settings->path,
                                 {.layout = model_tools::layout_from_name(settings->layout),
                                  .dtype = *dtype_from_name(settings->dtype),
                                  .seed = settings->seed,
                                  .threads = settings->threads},
                                 watched.progress());
    watched.clear();
    for (const auto& file : files)
      print_out((std::filesystem::path(settings->path) / file).string() + "\n");
  });
}

void add_convert(CLI::App& group) {
  struct Settings : CommonSettings {
    std::string out;
    std::string layout = "diffusers";
    std::string dtype = "keep";
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "convert", "Rewrite a model in another layout or element type; licence notices go along.");
  settings->add_to(command, "a model's folder, or a file or folder with one network");
  command.add_option("OUT", settings->out, "the folder to make")->required();
  add_choice(command, "--layout", settings->layout, kLayouts, "how it will be laid out");
  std::vector<std::string> dtypes = kDtypes;
  dtypes.insert(dtypes.begin(), "keep");
  add_choice(command, "--dtype", settings->dtype, dtypes, "element type of all parameters");
  add_examples(command,
               "examples:\n"
               "  newbie model convert newbie-image comfy --layout comfyui\n"
               "  newbie model convert comfy folders --layout diffusers --dtype f32");
  command.callback([settings] {
    Watched watched(settings->quiet);
    const auto report =
        model_tools::convert_model(settings->path, settings->out,
                                   {.layout = model_tools::layout_from_name(settings->layout),
                                    .dtype = dtype_from_name(settings->dtype),
                                    .threads = settings->threads},
                                   watched.progress());
    watched.clear();
    for (const std::string& note : report.notes) print_err("note: " + note + "\n");
    for (const auto& file : report.files)
      print_out((std::filesystem::path(settings->out) / file).string() + "\n");
  });
}

}  // namespace

void add_model_commands(CLI::App& program) {
  CLI::App& group =
      *program.add_subcommand("model", "Look at, check, make and rewrite model files.");
  group.require_subcommand(1);
  add_info(group);
  add_verify(group);
  add_synth(group);
  add_convert(group);
  add_model_tokenizer(group);
}

}  // namespace newbie::cli
