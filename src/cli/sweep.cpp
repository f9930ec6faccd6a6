/// `newbie sweep`: a table of pictures that differ in one or two things.

#include "workbench/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/drawn_prompt.h"
#include "cli/generate_output.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "workbench/recipe_file.h"

namespace newbie::cli {
namespace {

struct Settings {
  std::string recipe;
  std::string prompt_file;
  std::string resolution;
  GenerateRequest flags;
  workbench::SweepSpec spec;
  EngineOptions engine;
  std::string out = "sweep";
  int64_t longest_side = 384;
  bool release = false;
  bool json = false;
  bool quiet = false;
};

/// "3/9 " and, from the second drawn cell on, how long the rest will take.
class CellClock {
 public:
  std::string prefix(size_t done, size_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (drawn_++ == 0) begun_ = now;
    const double spent = std::chrono::duration<double>(now - begun_).count();
    std::string text = fmt::format("{}/{} ", done + 1, total);
    if (drawn_ > 1) {
      const double each = spent / static_cast<double>(drawn_ - 1);
      text += fmt::format("({} left) ", duration(each * static_cast<double>(total - done)));
    }
    return text;
  }

 private:
  std::chrono::steady_clock::time_point begun_;
  size_t drawn_ = 0;
};

/// The request from flags, from a recipe, or from both: flags win.
void complete_request(Settings& settings, const CLI::App& command) {
  GenerateRequest& base = settings.spec.context.base;
  if (!settings.recipe.empty()) {
    const workbench::RecipeFile recipe = workbench::read_recipe(settings.recipe);
    base = recipe.request;
    take_model_of_recipe(command, recipe.model, settings.engine);
  }
  const bool typed = command.count("PROMPT") > 0;
  if (typed) base.prompt = prompt_argument(settings.flags.prompt);
  if (!settings.prompt_file.empty()) base.prompt = read_text_argument(settings.prompt_file);
  apply_given_fields(command, settings.flags, base);
  set_resolution(base, settings.resolution);
  require_model(settings.engine);
}

void run(Settings& settings, const CLI::App& command) {
  complete_request(settings, command);
  const workbench::SweepPlan plan = workbench::plan_sweep(settings.spec);
  require_prompt(command.count("PROMPT") > 0 ||
                 std::ranges::none_of(plan.cells, [](const workbench::SweepCell& cell) {
                   return cell.request.prompt.empty();
                 }));
  settings.engine.keep_loaded = !settings.release;
  Engine engine(settings.engine);
  for (const workbench::SweepCell& cell : plan.cells) engine.resolve(cell.request);

  ProgressLine line(settings.quiet);
  CellClock clock;
  workbench::SweepEvents events;
  events.drawing = progress_events(line, settings.quiet);
  events.cell = [&](size_t done, size_t total, const std::string& label) {
    line.clear();
    if (!settings.quiet) print_err(fmt::format("{}/{}  {}\n", done + 1, total, label));
    line.set_prefix(clock.prefix(done, total));
  };
  const InterruptHandler interrupts(engine);
  const auto files = [&] {
    try {
      return workbench::run_sweep(engine, plan, settings.out, settings.longest_side, events);
    } catch (Error& error) {
      if (error.code() == "request.cancelled") {
        error.hint(fmt::format("{} keeps what is drawn: the same command goes on from here",
                               settings.out));
      }
      throw;
    }
  }();
  line.clear();
  if (settings.json) {
    print_out(Json{{"sheet", files.sheet.generic_string()},
                   {"json", files.json.generic_string()},
                   {"drawn", files.drawn},
                   {"reused", files.reused}}
                  .dump(2) +
              "\n");
  } else {
    print_out(fmt::format("{}\n{}\n", files.sheet.generic_string(), files.json.generic_string()));
    if (!settings.quiet) {
      print_err(fmt::format("{} drawn, {} were there\n", files.drawn, files.reused));
    }
  }
}

void describe_options(CLI::App& command, Settings& settings) {
  workbench::SweepSpec& spec = settings.spec;
  command.add_option(
      "PROMPT", settings.flags.prompt,
      "the prompt, or its file; {red|blue} are choices, {{hair=red_hair}} is a slot");
  command.add_option("-f,--file", settings.prompt_file, "read the prompt from a file")
      ->type_name("FILE");
  command
      .add_option("-r,--recipe", settings.recipe,
                  "start from a recipe: TOML, a picture made by newbie, or a manifest")
      ->type_name("FILE");
  command.add_option("-x,--x", spec.x, "what varies from column to column")->type_name("AXIS");
  command.add_option("-y,--y", spec.y, "what varies from row to row")->type_name("AXIS");
  command.add_option("--resolution", settings.resolution, "size as WIDTHxHEIGHT");
  command
      .add_option("-o,--out", settings.out,
                  "the sweep's folder; what it holds already is not drawn again")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--longest-side", settings.longest_side,
                  "shrink pictures on the sheet to this many pixels; 0 = as they are")
      ->type_name("N")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command
      .add_option("--wildcards", spec.context.wildcards,
                  "where __name__ of the prompt finds name.txt")
      ->type_name("DIR");
  command.add_option("--limit", spec.limit, "refuse to draw more cells than this")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--release", settings.release,
                   "release each network after its stage: slower, less memory");
  add_engine_options(command, settings.engine);
  command.add_flag("--json", settings.json, "print files and counts as JSON");
  command.add_flag("-q,--quiet", settings.quiet, "print nothing but the paths");
  add_color_option(command);
  add_request_options(command, settings.flags);
}

}  // namespace

void add_sweep_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command =
      *program.add_subcommand("sweep", "Draw a table of pictures over parameters and prompts.");
  describe_options(command, *settings);
  let_last_win(command);
  for (const char* axis : {"--x", "--y"}) {  // two axes of one side are a mistake, not a change
    command.get_option(axis)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  add_examples(command,
               "axes:\n"
               "  cfg=3,5,7            values of any field; \"a, b\" quotes commas\n"
               "  seed=1..8            a range; with a step: cfg=3..7:0.5\n"
               "  slot.hair=red,blue   values of the slot {{hair}} of the prompt\n"
               "  choice.hair          the alternatives of {hair=red|blue} in the prompt\n"
               "  choices              all prompts that the choices make\n"
               "  replace=red_hair,blue_hair,pink_hair\n"
               "                       the first text is in the prompt, the others replace it\n"
               "  file=a.xml,b.xml     prompts from files\n"
               "\n"
               "examples:\n"
               "  newbie sweep -m model -f portrait.xml --x cfg=3,5,7 --y steps=12,20,28\n"
               "  newbie sweep -m model '1girl, {red|blue|pink}_hair' --y seed=1..4 -o hair\n"
               "  newbie sweep -m model -r night.png --x replace=rain,snow --y cfg=4,6 --json\n"
               "\n"
               "exit codes:\n"
               "  0    done\n"
               "  2    wrong usage, or a cell that cannot be drawn\n"
               "  130  interrupted; the same command goes on where it stopped");
  command.callback([settings, &command] { run(*settings, command); });
}

}  // namespace newbie::cli
