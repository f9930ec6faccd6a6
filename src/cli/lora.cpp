/// `newbie lora info|merge|convert|extract`: looking at, applying, rewriting and making adapters.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "adapters/read.h"
#include "adapters/report.h"
#include "adapters/write.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/watched.h"
#include "model_tools/adapter_extract.h"
#include "model_tools/adapter_merge.h"
#include "model_tools/adapter_targets.h"

namespace newbie::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kDtypes{"keep", "f32", "bf16", "f16"};

std::optional<DType> chosen_dtype(const std::string& name) {
  return name == "keep" ? std::nullopt : dtype_from_name(name);
}

CLI::Option* add_model(CLI::App& command, std::string& path, const std::string& what) {
  return command.add_option("-m,--model", path, what)->envname("NEWBIE_MODEL");
}

/// The names of the model, or of the published one when none was named.
adapters::Targets targets_of(const std::string& model) {
  return model.empty() ? model_tools::published_targets()
                       : model_tools::targets_of(model_tools::open_model(model));
}

void refuse_existing(const fs::path& to) {
  std::error_code ignored;
  if (!fs::exists(to, ignored)) return;
  if (fs::is_directory(to, ignored) && fs::is_empty(to, ignored)) return;
  throw Error("file.exists", fmt::format("{} is there already", to.string()))
      .hint("name a file or folder that does not exist yet");
}

std::string default_dtype_help(const char* what) {
  return fmt::format("element type of {}; keep = as it is", what);
}

void print_paths(const std::vector<fs::path>& paths) {
  for (const fs::path& path : paths) print_out(path.string() + "\n");
}

void add_info(CLI::App& group) {
  struct Settings {
    std::string path, model;
    bool json = false;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "info",
      "What an adapter holds: names, kind, ranks, alpha, strength per module, and whether "
      "it fits a model.");
  command.add_option("PATH", settings->path, "an adapter's file or folder")->required();
  add_model(command, settings->model, "compare with this model: its folder, or a network's file");
  command.add_flag("--json", settings->json, "print everything as JSON, every module included");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie lora info style.safetensors\n"
               "  newbie lora info my-lora/ --model newbie-image\n"
               "  newbie lora info style.safetensors --json | jq '.modules[].rank'\n"
               "\n"
               "exit codes:\n"
               "  0  the adapter can be read; with --model, all of its modules are in the model\n"
               "  1  some of its modules are not in the model, or tensors are no part of it\n"
               "  2  wrong usage, a broken file, or nothing of it is in the model");
  command.callback([settings] {
    std::optional<adapters::Targets> targets;
    if (!settings->model.empty()) targets = targets_of(settings->model);
    const auto adapter = adapters::read_adapter(settings->path, targets ? &*targets : nullptr);
    print_out(settings->json ? adapters::to_json(*adapter) : adapters::to_text(*adapter));
    finish(adapter->unmatched.empty() && adapter->unknown_keys.empty() ? kClean : kFindings);
  });
}

void add_merge(CLI::App& group) {
  struct Settings {
    std::string model, out, dtype = "keep";
    std::vector<std::string> loras;
    int threads = 0;
    bool quiet = false;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "merge", "Put adapters into a model's weights: summed in f32, rounded once.");
  command.add_option("MODEL", settings->model, "a model's folder, or a network's file or folder")
      ->required();
  command
      .add_option("OUT", settings->out, "the folder to make; for one network, a .safetensors file")
      ->required();
  command
      .add_option("--lora", settings->loras,
                  "adapter and its strength (PATH:0.8); may be given several times")
      ->required()
      ->allow_extra_args(false);
  add_choice(command, "--dtype", settings->dtype, {"keep", "f32", "bf16", "f16", "f8_e4m3"},
             default_dtype_help("all parameters"));
  command.add_option("--threads", settings->threads, "processors to use; 0 = all");
  command.add_flag("-q,--quiet", settings->quiet, "show no progress");
  add_color_option(command);
  add_examples(
      command,
      "examples:\n"
      "  newbie lora merge newbie-image merged --lora style.safetensors:0.8\n"
      "  newbie lora merge newbie-image/transformer merged.safetensors --lora a:0.7 --lora b:0.4");
  command.callback([settings] {
    std::vector<adapters::AdapterRequest> requests;
    for (const std::string& text : settings->loras) {
      requests.push_back(adapters::parse_request(text));
    }
    Watched watched(settings->quiet);
    const auto report = model_tools::merge_adapters(settings->model, requests, settings->out,
                                                    chosen_dtype(settings->dtype),
                                                    settings->threads, watched.progress());
    watched.clear();
    for (const std::string& note : report.notes) print_err("note: " + note + "\n");
    for (const fs::path& file : report.files) {
      const bool single = file == fs::path(settings->out);
      print_paths({single ? file : fs::path(settings->out) / file});
    }
  });
}

void add_convert(CLI::App& group) {
  struct Settings {
    std::string path, out, model, to = "comfyui", dtype = "keep";
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "convert", "Rewrite an adapter in the names of another tool; alpha always goes along.");
  command.add_option("PATH", settings->path, "an adapter's file or folder")->required();
  command.add_option("OUT", settings->out, "the file to make; for peft, the folder")->required();
  add_choice(command, "--to", settings->to, adapters::dialect_names(), "whose names to use");
  add_choice(command, "--dtype", settings->dtype, kDtypes, default_dtype_help("all factors"));
  add_model(command, settings->model,
            "the model that it is for (NewBie-image-Exp0.1 when none is named)");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie lora convert trained/ style.safetensors --to comfyui\n"
               "  newbie lora convert style.safetensors for-peft --to peft --dtype f32");
  command.callback([settings] {
    const adapters::Targets targets = targets_of(settings->model);
    const auto adapter = adapters::read_adapter(settings->path, &targets);
    if (!adapter->unmatched.empty()) {
      throw Error("adapter.unmatched",
                  fmt::format("{} of its modules are not in the model, such as {}",
                              adapter->unmatched.size(), adapter->unmatched.front()))
          .hint("--model names the model that it was made for");
    }
    refuse_existing(settings->out);
    for (const std::string& note : adapter->notes) print_err("note: " + note + "\n");
    print_paths(adapters::write_adapter(*adapter, settings->out,
                                        {.dialect = adapters::dialect_from_name(settings->to),
                                         .dtype = chosen_dtype(settings->dtype),
                                         .targets = &targets}));
  });
}

void print_extraction(const model_tools::Extraction& extraction, bool json) {
  if (json) {
    Json out{{"error", extraction.error},
             {"unchanged", extraction.unchanged},
             {"left_out", extraction.left_out},
             {"layers", Json::array()}};
    for (const auto& layer : extraction.layers) {
      out["layers"].push_back({{"path", layer.path},
                               {"rank", layer.rank},
                               {"difference", layer.difference},
                               {"error", layer.error}});
    }
    return print_out(out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  size_t widest = 6;
  for (const auto& layer : extraction.layers) widest = std::max(widest, layer.path.size());
  print_out(fmt::format("{:<{}}  rank  difference  lost\n", "module", widest));
  for (const auto& layer : extraction.layers) {
    print_out(fmt::format("{:<{}}  {:>4}  {:>10.4g}  {:.2f} %\n", layer.path, widest, layer.rank,
                          layer.difference, 100 * layer.error));
  }
  print_out(fmt::format("all together: {} matrices, {:.2f} % of their difference lost\n",
                        extraction.layers.size(), 100 * extraction.error));
  if (extraction.left_out.empty()) return;
  print_err(fmt::format("note: {} more tensors differ and are not in the adapter, such as {}\n",
                        extraction.left_out.size(), extraction.left_out.front()));
}

void add_extract(CLI::App& group) {
  struct Settings {
    std::string base, tuned, out, to = "comfyui", dtype = "bf16";
    model_tools::ExtractOptions options;
    bool json = false, quiet = false;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "extract", "Make a LoRA from the difference of two checkpoints, with the error per layer.");
  command.add_option("BASE", settings->base, "the model before: its folder, or a network's file")
      ->required();
  command.add_option("TUNED", settings->tuned, "the model after")->required();
  command.add_option("OUT", settings->out, "the file to make; for peft, the folder")->required();
  command.add_option("--rank", settings->options.rank, "rank of every pair")
      ->default_str("32")
      ->check(CLI::Range(1, 1 << 16));
  command
      .add_option("--targets", settings->options.targets,
                  "only modules whose path ends so: attention.qkv,attention.out")
      ->delimiter(',');
  add_choice(command, "--to", settings->to, adapters::dialect_names(), "whose names to use");
  add_choice(command, "--dtype", settings->dtype, {"f32", "bf16", "f16"},
             "element type of the factors");
  command.add_option("--threads", settings->options.threads, "processors to use; 0 = all");
  command.add_flag("--json", settings->json, "print the errors as JSON");
  command.add_flag("-q,--quiet", settings->quiet, "show no progress");
  add_color_option(command);
  add_examples(
      command,
      "examples:\n"
      "  newbie lora extract newbie-image my-finetune style.safetensors --rank 64\n"
      "  newbie lora extract base tuned out.safetensors --targets attention.qkv,attention.out");
  command.callback([settings] {
    refuse_existing(settings->out);
    Watched watched(settings->quiet);
    const auto extraction = model_tools::extract_adapter(settings->base, settings->tuned,
                                                         settings->options, watched.progress());
    watched.clear();
    const adapters::Targets targets = targets_of(settings->base);
    const auto files = adapters::write_adapter(
        extraction.adapter, settings->out,
        {.dialect = adapters::dialect_from_name(settings->to),
         .dtype = dtype_from_name(settings->dtype),
         .metadata = {{"newbie_extracted_rank", fmt::format("{}", settings->options.rank)}},
         .targets = &targets});
    print_extraction(extraction, settings->json);
    if (!settings->json) print_paths(files);
  });
}

}  // namespace

void add_lora_commands(CLI::App& program) {
  CLI::App& group =
      *program.add_subcommand("lora", "Look at, merge, convert and extract adapters.");
  group.require_subcommand(1);
  add_info(group);
  add_merge(group);
  add_convert(group);
  add_extract(group);
}

}  // namespace newbie::cli
