/// `newbie generate`: pictures from a prompt.

#include <cstdio>
#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/drawn_prompt.h"
#include "cli/explain_output.h"
#include "cli/generate_output.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/request_options.h"
#include "cli/run_report.h"
#include "cli/terminal.h"
#include "newbie/engine.h"

namespace newbie::cli {
namespace {

struct Settings {
  GenerateRequest request;
  std::string prompt_file;
  std::string negative_file;
  std::string resolution;
  EngineOptions engine;
  std::string out;
  ExplainOptions explain;
  bool preview = false;
  bool quiet = false;
};

void run(Settings& settings, const CLI::App& command) {
  GenerateRequest& request = settings.request;
  const bool from_file = !settings.prompt_file.empty();
  request.prompt =
      from_file ? read_text_argument(settings.prompt_file) : prompt_argument(request.prompt);
  request.prompt =
      drawn_prompt(request.prompt, from_file || command.count("PROMPT") > 0, settings.quiet);
  if (!settings.negative_file.empty())
    request.negative = read_text_argument(settings.negative_file);
  set_resolution(request, settings.resolution);
  require_model(settings.engine);
  const OutputNames names(settings.out, request.count);
  names.require_writable();

  Engine engine(settings.engine);
  ProgressLine line(settings.quiet);
  GenerateEvents events = progress_events(line, settings.quiet);
  if (settings.preview) {
    events.preview = [&](const Pixels& pixels) { line.show_preview(pixels); };
  }
  events.image = [&](const GeneratedImage& picture) {
    const std::string path = names.path(picture.index, picture.seed);
    write_file(path, picture.png);
    line.clear();
    print_out(path + "\n");
    std::fflush(stdout);
  };

  write_explanations(events, settings.explain, request.count, [&](const std::string& told) {
    line.clear();
    if (!settings.quiet) print_err(told);
  });

  const InterruptHandler interrupts(engine);
  const RunReport report = engine.generate(request, events);
  line.clear();
  if (!settings.quiet) print_report(report);
}

}  // namespace

void add_generate_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand("generate", "Make pictures from a prompt.");
  command.add_option("PROMPT", settings->request.prompt,
                     "XML, a tag list, or sentences; or a file of them (.xml, .txt, .json)");
  command.add_option("-f,--file", settings->prompt_file,
                     "read the prompt from a file; - is standard input");
  command.add_option("--negative-file", settings->negative_file,
                     "read the negative prompt from a file");
  command.add_option(
      "-o,--out", settings->out,
      "where pictures go; {seed}, {index} (from 1) and {date} are filled in (newbie-{seed}.png)");
  command.add_option("--resolution", settings->resolution, "size as WIDTHxHEIGHT");
  command.add_flag("--preview", settings->preview,
                   "show the picture in the terminal while it is made");
  command.add_flag("-q,--quiet", settings->quiet, "print nothing but the paths of the pictures");
  add_explain_options(command, settings->explain);
  add_color_option(command);
  add_engine_options(command, settings->engine);
  add_request_options(command, settings->request);
  let_last_win(command);
  add_examples(command,
               "newbie generate -m model assets/templates/snow_shrine.xml --resolution 1024x1536\n"
               "newbie generate -m model \"1girl, solo, blue_hair, rain\" --steps 20 --cfg 5 -s 7 "
               "--count 4\n"
               "newbie generate -m model -f prompt.xml --init sketch.png --strength 0.5\n"
               "newbie generate -m model -f prompt.xml --init a.png --mask hair.png -o fixed.png");
  command.callback([settings, &command] { run(*settings, command); });
}

}  // namespace newbie::cli
