/// `newbie train classifier`: the judge of `newbie eval`.

#include <fmt/format.h>

#include <csignal>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/terminal.h"
#include "train/run_classifier.h"

namespace newbie::cli {
namespace {

std::atomic<bool>* stop_flag = nullptr;

struct Settings {
  std::string config;
  std::vector<std::string> set;
  double minutes = 0;
  bool quiet = false;
};

void run(const Settings& settings) {
  const train::Recipe recipe = train::open_classifier_recipe(settings.config, settings.set);
  ProgressLine line(settings.quiet);
  train::TrainerEvents events;
  events.note = [&](const std::string& text) {
    line.clear();
    if (!settings.quiet) print_err(text + "\n");
  };
  events.step = [&](const train::StepMetrics& step, int64_t steps) {
    const double left =
        step.seconds / static_cast<double>(step.step) * static_cast<double>(steps - step.step);
    if (step.step % recipe.run.log_every == 0) {
      events.note(fmt::format("step {} of {}: loss {:.4f}, {:.3g} pictures/s, {} left", step.step,
                              steps, step.loss, step.pictures_per_second, duration(left)));
    }
    line.show({fmt::format("train, loss {:.3f}", step.loss), step.step, steps, step.seconds, left});
  };
  train::TrainerOptions options;
  options.seconds = settings.minutes * 60;
  stop_flag = options.stop.flag();
  const auto previous = std::signal(SIGINT, [](int) {
    stop_flag->store(true);
    std::signal(SIGINT, SIG_DFL);
  });
  const train::RunEnd end = train::run_classifier(recipe, options, events);
  std::signal(SIGINT, previous);
  line.clear();
  if (end == train::RunEnd::finished) {
    return print_out((std::filesystem::path(recipe.run.out) / "result").string() + "\n");
  }
  print_err("saved; the same command goes on from here\n");
  if (end == train::RunEnd::stopped) finish(kCancelled);
}

}  // namespace

void add_train_classifier(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.get_subcommand("train")->add_subcommand(
      "classifier", "Learn the classifier that judges pictures for `newbie eval`.");
  command.add_option("--config", settings->config, "the recipe (TOML)")->required();
  command.add_option("--set", settings->set, "section.key=value, over the recipe; repeatable")
      ->take_all();
  command.add_option("--minutes", settings->minutes,
                     "save and stop after that long; 0 = when all steps are done");
  command.add_flag("-q,--quiet", settings->quiet, "print results and errors only");
  add_color_option(command);
  add_examples(command,
               "result/ holds config.json, the weights, and accuracy.json: what it gets right on\n"
               "pictures that it never saw.\n"
               "\n"
               "examples:\n"
               "  newbie train classifier --config recipes/nano/classifier.toml");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
