/// `newbie replay`: makes a picture again and says whether it is the same.

#include "workbench/replay.h"

#include <fmt/format.h>

#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "newbie/error.h"

namespace newbie::cli {
namespace {

struct Settings {
  std::string file;
  EngineOptions engine;
  std::string out;
  bool json = false;
  bool quiet = false;
};

GeneratedImage draw(const Settings& settings, const GenerateRequest& request) {
  Engine engine(settings.engine);
  ProgressLine line(settings.quiet);
  GenerateEvents events = progress_events(line, settings.quiet);
  GeneratedImage now;
  events.image = [&](GeneratedImage picture) { now = std::move(picture); };
  const InterruptHandler interrupts(engine);
  engine.generate(request, events);
  return now;
}

void run(Settings& settings) {
  const workbench::RecipeFile before = workbench::read_recipe(settings.file);
  if (!before.made) {
    throw Error("recipe.not_made",
                fmt::format("{} says what to make, not what was made", settings.file))
        .hint("`newbie snapshot` makes its picture; that can be replayed");
  }
  require_model(settings.engine);
  GeneratedImage now = draw(settings, before.request);
  if (!settings.out.empty()) write_file(settings.out, now.png);
  const workbench::Verdict verdict = workbench::judge(before, now);
  print_out(settings.json
                ? workbench::verdict_json(verdict, before)
                : workbench::describe(verdict, before, settings.file, settings.engine.model));
  finish(verdict.same_bytes ? kClean : kFindings);
}

}  // namespace

void add_replay_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "replay", "Make a picture again and say whether it is the same, or what differs since when.");
  command.add_option("FILE", settings->file, "a picture made by newbie, or its manifest")
      ->type_name("FILE")
      ->required();
  command.add_option("-o,--out", settings->out, "keep the new picture in this file")
      ->type_name("FILE");
  add_engine_options(command, settings->engine);
  command.add_flag("--json", settings->json, "print the verdict as JSON");
  command.add_flag("-q,--quiet", settings->quiet, "print nothing but the verdict");
  add_color_option(command);
  let_last_win(command);
  add_examples(command,
               "examples:\n"
               "  newbie replay night.png --model model\n"
               "  newbie replay night.json --model model --out again.png\n"
               "  newbie compare night.png again.png\n"
               "\n"
               "exit codes:\n"
               "  0  the same bytes\n"
               "  1  not the same; the reasons are printed\n"
               "  2  it could not be made again");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
