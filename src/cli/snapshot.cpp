/// `newbie snapshot`: a picture from a recipe, with its manifest.

#include "workbench/snapshot.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/drawn_prompt.h"
#include "cli/generate_output.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/request_options.h"
#include "cli/run_report.h"
#include "cli/terminal.h"
#include "workbench/recipe_file.h"

namespace newbie::cli {
namespace {

struct Settings {
  std::string recipe;
  GenerateRequest flags;
  std::string resolution;
  EngineOptions engine;
  std::string out;
  bool json = false;
  bool quiet = false;
};

/// `portrait.toml` makes portrait.png; what was made already is not written over.
std::string default_name(const std::string& recipe) {
  const std::filesystem::path path(recipe);
  return path.stem().string() + (path.extension() == ".toml" ? ".png" : "-again.png");
}

void print_files(const std::vector<workbench::SnapshotFiles>& files, bool json) {
  Json all = Json::array();
  for (const auto& file : files) {
    all.push_back({{"picture", file.picture.generic_string()},
                   {"manifest", file.manifest.generic_string()},
                   {"id", file.id}});
    if (!json) {
      print_out(
          fmt::format("{}\n{}\n", file.picture.generic_string(), file.manifest.generic_string()));
    }
  }
  if (json) print_out(all.dump(2) + "\n");
}

void run(Settings& settings, const CLI::App& command) {
  workbench::RecipeFile recipe = workbench::read_recipe(settings.recipe);
  if (!recipe.made) {
    recipe.request.prompt = drawn_prompt(recipe.request.prompt, recipe.has_prompt, settings.quiet);
  }
  apply_given_fields(command, settings.flags, recipe.request);
  set_resolution(recipe.request, settings.resolution);
  take_model_of_recipe(command, recipe.model, settings.engine);
  require_model(settings.engine);
  const OutputNames names(settings.out.empty() ? default_name(settings.recipe) : settings.out,
                          recipe.request.count);
  names.require_writable();

  Engine engine(settings.engine);
  ProgressLine line(settings.quiet);
  const InterruptHandler interrupts(engine);
  RunReport report;
  const auto files = workbench::make_snapshot(
      engine, recipe.request, [&](int64_t index, uint64_t seed) { return names.path(index, seed); },
      progress_events(line, settings.quiet), settings.engine.threads, &report);
  line.clear();
  if (!settings.quiet) print_report(report);
  print_files(files, settings.json);
}

}  // namespace

void add_snapshot_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "snapshot", "Make the picture of a recipe, and a manifest of everything about it.");
  command
      .add_option("RECIPE", settings->recipe,
                  "a TOML file, a picture made by newbie, or the manifest of one")
      ->type_name("FILE")
      ->required();
  command
      .add_option("-o,--out", settings->out,
                  "the picture's file; the manifest has the same name with .json (RECIPE.png)")
      ->type_name("FILE");
  command.add_option("--resolution", settings->resolution, "size as WIDTHxHEIGHT");
  add_engine_options(command, settings->engine);
  command.add_flag("--json", settings->json, "print the files and the recipe's id as JSON");
  command.add_flag("-q,--quiet", settings->quiet, "print nothing but the paths");
  add_color_option(command);
  add_request_options(command, settings->flags);
  let_last_win(command);
  add_examples(command,
               "a recipe has the fields of a request as keys, with underscores, and these:\n"
               "  model = \"../model\"            the model's folder, from the recipe's place\n"
               "  prompt_file = \"two.xml\"       instead of prompt = \"\"\"...\"\"\"\n"
               "  negative_file = \"bad.txt\"\n"
               "\n"
               "examples:\n"
               "  newbie snapshot portrait.toml\n"
               "  newbie snapshot portrait.toml --cfg 6 --steps 40 -o b.png\n"
               "  newbie snapshot night.png --model model -o night-again.png\n"
               "\n"
               "exit codes:\n"
               "  0  done\n"
               "  2  wrong usage, unreadable files, a prompt with errors");
  command.callback([settings, &command] { run(*settings, command); });
}

}  // namespace newbie::cli
