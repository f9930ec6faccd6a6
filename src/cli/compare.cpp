/// `newbie compare`: what two pictures have in common, and where they and their recipes differ.

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "image/png.h"
#include "newbie/error.h"
#include "workbench/comparison.h"

namespace newbie::cli {
namespace {

struct Settings {
  std::string a;
  std::string b;
  std::string out;
  std::string difference;
  bool json = false;
};

void run(const Settings& settings) {
  const workbench::ComparedPicture a = workbench::read_compared(settings.a);
  const workbench::ComparedPicture b = workbench::read_compared(settings.b);
  const workbench::Comparison comparison = workbench::compare(a, b);
  if (!settings.out.empty()) image::write_png(settings.out, side_by_side(a, b, comparison));
  if (!settings.difference.empty()) {
    if (!comparison.difference) {
      throw Error("image.wrong_size", "pictures of different sizes have no difference map");
    }
    image::write_png(settings.difference, *comparison.difference);
  }
  const bool colour = use_colour(stdout);
  print_out(settings.json
                ? comparison_json(a, b, comparison)
                : describe(comparison, colour ? prompt::DiffColour::on : prompt::DiffColour::off));
  finish(comparison.same_pixels ? kClean : kFindings);
}

}  // namespace

void add_compare_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "compare", "Measure how alike two pictures are, and say what their recipes change.");
  command.add_option("A", settings->a, "a picture")->type_name("FILE")->required();
  command.add_option("B", settings->b, "another one")->type_name("FILE")->required();
  command
      .add_option("-o,--out", settings->out,
                  "write both and their difference side by side to this PNG")
      ->type_name("FILE");
  command
      .add_option("--difference", settings->difference,
                  "write the difference map alone: black where equal, white where most different")
      ->type_name("FILE");
  command.add_flag("--json", settings->json, "print measures and changes as JSON");
  add_color_option(command);
  let_last_win(command);
  add_examples(command,
               "examples:\n"
               "  newbie compare a.png b.png\n"
               "  newbie compare a.png b.png --out side-by-side.png\n"
               "  newbie compare a.png b.png --json | jq .measures.ssim\n"
               "\n"
               "exit codes:\n"
               "  0  the same pixels\n"
               "  1  they differ\n"
               "  2  a file that cannot be read");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
