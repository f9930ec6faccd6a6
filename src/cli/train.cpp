/// `newbie train init|check|lora|full|vae|classifier`: teaching models.

#include <fmt/format.h>

#include <memory>

#include "base/cancel.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/memory_table.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/terminal.h"
#include "train/recipe/read.h"
#include "train/recipe/write.h"
#include "train/run.h"

namespace newbie::cli {
namespace {

using train::Kind;

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind kind : train::kKinds) names.emplace_back(train::name_of(kind));
  return names;
}

struct Settings {
  std::string config;
  std::vector<std::string> set;
  std::string slice;
  double minutes = 0;
  int64_t until = 0;
  bool plan = false;
  bool json = false;
  bool quiet = false;
};

/// "580s", "9.5m", "1h", "90" (seconds) as seconds.
double seconds_of(const std::string& text) {
  size_t read = 0;
  double number = -1;
  try {
    number = std::stod(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  const std::string unit = text.substr(std::min(read, text.size()));
  const double factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (read == 0 || number <= 0 || factor == 0) {
    throw Error("request.usage",
                fmt::format("--for {}: expected a time like 580s, 9.5m or 1h", text));
  }
  return number * factor;
}

/// "memory: 9.8 GiB needed, 79.1 GiB can be had"
std::string sentence_of(const train::MemoryPlan& plan) {
  std::string text = fmt::format("memory: {} needed", to_string(ByteSize{plan.needed}));
  if (plan.available) {
    text += fmt::format(", {} can be had", to_string(ByteSize{*plan.available}));
  }
  return text + "\n";
}

Json json_of(const train::MemoryPlan& plan, Kind kind) {
  return {{"kind", train::name_of(kind)},
          {"device", plan.kind == DeviceKind::cuda ? "cuda" : "cpu"},
          {"peak_bytes", plan.needed},
          {"available_bytes", plan.available ? Json(*plan.available) : Json(nullptr)},
          {"fits", plan.available ? Json(plan.fits()) : Json(nullptr)},
          {"parts", parts_json(plan.report)}};
}

/// Steps as one moving line, with a lasting line every so often.
class Narrator {
 public:
  Narrator(const Settings& settings, int64_t log_every)
      : settings_(settings), log_every_(log_every), line_(settings.quiet || settings.json) {}

  train::RunEvents events() {
    train::RunEvents events;
    events.preparing = [this](const std::string& stage, int64_t done, int64_t total) {
      line_.show({stage, done, total, 0, -1});
    };
    events.warning = [this](const std::string& text) { say(text); };
    events.plan = [this](const train::MemoryPlan& plan) { say(sentence_of(plan)); };
    events.trainer.note = [this](const std::string& text) { say(text + "\n"); };
    events.trainer.step = [this](const train::StepMetrics& metrics, int64_t steps) {
      step(metrics, steps);
    };
    return events;
  }
  void clear() { line_.clear(); }

 private:
  void say(const std::string& text) {
    line_.clear();
    if (!settings_.quiet) print_err(text);
  }

  void step(const train::StepMetrics& metrics, int64_t steps) {
    if (settings_.json) return print_out(json_of(metrics));
    const double left = metrics.seconds / static_cast<double>(metrics.step) *
                        static_cast<double>(steps - metrics.step);
    if (metrics.step % log_every_ == 0 || metrics.step == steps) {
      say(fmt::format(
          "step {} of {}: loss {:.5f}, gradient {:.3g}, {:.3g} pictures/s, {:.2f} GB, {} left\n",
          metrics.step, steps, metrics.loss, metrics.gradient_norm, metrics.pictures_per_second,
          static_cast<double>(metrics.memory) / 1e9, duration(left)));
    }
    line_.show({"train", metrics.step, steps, metrics.seconds, left});
  }

  static std::string json_of(const train::StepMetrics& metrics) {
    return Json{{"step", metrics.step},
                {"loss", metrics.loss},
                {"gradient_norm", metrics.gradient_norm},
                {"seconds", metrics.seconds},
                {"pictures_per_second", metrics.pictures_per_second},
                {"memory", metrics.memory}}
               .dump() +
           "\n";
  }

  const Settings& settings_;
  int64_t log_every_;
  ProgressLine line_;
};

void add_common(CLI::App& command, Settings& settings) {
  command.add_option("--config", settings.config, "the recipe (TOML)")->required();
  command.add_option("--set", settings.set, "section.key=value, over the recipe; repeatable")
      ->take_all();
  command.add_flag("-q,--quiet", settings.quiet, "print results and errors only");
  command.add_flag("--json", settings.json, "print one JSON object per step or finding");
  add_color_option(command);
}

/// What a run would take, instead of the run.
void print_plan(Kind kind, const Settings& settings) {
  if (!train::can_plan(kind)) {
    throw Error("request.usage",
                fmt::format("the memory of `newbie train {}` is not planned", train::name_of(kind)))
        .hint("--plan tells that of `newbie train lora` and `newbie train full`");
  }
  const train::Recipe recipe = train::open_recipe(settings.config, kind, settings.set);
  const CancelToken stop;
  const InterruptHandler interrupts(stop);
  Narrator narrator(settings, recipe.run.log_every);
  const train::MemoryPlan plan = train::plan_recipe(recipe, stop, narrator.events());
  narrator.clear();
  if (settings.json) return print_out(json_of(plan, kind).dump(2) + "\n");
  print_memory_table({{"", plan.report}});
  print_out(sentence_of(plan));
}

void run(Kind kind, const Settings& settings) {
  if (settings.plan) return print_plan(kind, settings);
  train::TrainerOptions options;
  options.seconds = settings.slice.empty() ? settings.minutes * 60 : seconds_of(settings.slice);
  options.until = settings.until;
  const train::Recipe recipe = train::open_recipe(settings.config, kind, settings.set);
  const CancelToken stop;
  const InterruptHandler interrupts(stop);
  Narrator narrator(settings, recipe.run.log_every);
  options.stop = stop;
  const train::RunEnd end = train::run_recipe(recipe, options, narrator.events());
  narrator.clear();
  const std::string again =
      fmt::format("saved in {}; the same command goes on from here\n", recipe.run.out);
  switch (end) {
    case train::RunEnd::finished:
      if (!settings.json)
        print_out((std::filesystem::path(recipe.run.out) / "result").string() + "\n");
      return;
    case train::RunEnd::sliced:
      return print_err("this piece is over: " + again);
    case train::RunEnd::stopped:
      print_err("stopped: " + again);
      finish(kCancelled);
  }
}

void add_kind(CLI::App& group, Kind kind, const std::string& sentence) {
  const auto settings = std::make_shared<Settings>();
  const std::string name(train::name_of(kind));
  CLI::App& command = *group.add_subcommand(name, sentence);
  add_common(command, *settings);
  command.add_option("--for", settings->slice,
                     "save, show samples and stop that long after the start: 580s, 9.5m, 1h; leave "
                     "half a minute for it where the time is limited");
  command.add_option("--minutes", settings->minutes, "the same in minutes; 0 = to the end")
      ->excludes("--for");
  command.add_option("--until", settings->until, "save, show samples and stop after that step")
      ->check(CLI::PositiveNumber)
      ->type_name("STEP");
  CLI::Option* plan = command.add_flag(
      "--plan", settings->plan,
      "print what memory the run takes, part by part, and train nothing; with --json as JSON");
  std::string plan_example = fmt::format("  newbie train {} --config recipe.toml --plan\n", name);
  if (!train::can_plan(kind)) {
    plan->group("");  // it is there to say that it cannot
    plan_example.clear();
  }
  add_examples(
      command,
      fmt::format("examples:\n"
                  "  newbie train init {0} > recipe.toml\n"
                  "{1}"
                  "  newbie train {0} --config recipe.toml\n"
                  "  newbie train {0} --config recipe.toml --set run.steps=200\n"
                  "  newbie train {0} --config recipe.toml --for 9.5m\n"
                  "\n"
                  "exit codes:\n"
                  "  0    done, or the piece is over: the state is saved\n"
                  "  2    wrong recipe, data or model; too little memory; or the loss broke\n"
                  "  130  stopped by Ctrl-C: the state is saved",
                  name, plan_example));
  command.callback([kind, settings] { run(kind, *settings); });
}

void add_init(CLI::App& group) {
  const auto kind = std::make_shared<std::string>("lora");
  CLI::App& command =
      *group.add_subcommand("init", "Print a recipe with every key, its meaning and its default.");
  command.add_option("KIND", *kind, "lora, full, vae or classifier")
      ->required()
      ->check(CLI::IsMember(kind_names()));
  add_examples(command, "examples:\n  newbie train init lora > recipe.toml");
  command.callback(
      [kind] { print_out(train::template_of(train::default_recipe(train::kind_named(*kind)))); });
}

void add_check(CLI::App& group) {
  struct CheckSettings : Settings {
    std::string kind = "lora";
  };
  const auto settings = std::make_shared<CheckSettings>();
  CLI::App& command = *group.add_subcommand(
      "check", "Look at every picture and caption of a recipe, and name what is wrong.");
  add_common(command, *settings);
  add_choice(command, "--kind", settings->kind, kind_names(), "what the recipe trains");
  add_examples(command,
               "exit codes:\n"
               "  0  everything can be learnt from\n"
               "  1  something is wrong; every finding is listed\n"
               "  2  wrong recipe");
  command.callback([settings] {
    const auto recipe =
        train::open_recipe(settings->config, train::kind_named(settings->kind), settings->set);
    const CancelToken stop;
    const InterruptHandler interrupts(stop);
    ProgressLine line(settings->quiet || settings->json);
    const auto data = train::open_data(recipe, stop, [&](int64_t done, int64_t total) {
      line.show({"check pictures", done, total, 0, -1});
    });
    line.clear();
    if (settings->json) {
      for (const train::DataFinding& finding : data.findings) {
        const bool error = finding.severity == train::DataFinding::Severity::error;
        print_out(Json{{"severity", error ? "error" : "warning"},
                       {"code", finding.code},
                       {"file", finding.file},
                       {"what", finding.what},
                       {"fix", finding.fix}}
                      .dump(-1, ' ', false, Json::error_handler_t::replace) +
                  "\n");
      }
    } else {
      print_out(train::to_text(data.findings, data.pictures));
    }
    finish(data.has_errors() ? kFindings : kClean);
  });
}

}  // namespace

void add_train_commands(CLI::App& program) {
  CLI::App& group = *program.add_subcommand(
      "train", "Teach a model: an adapter, whole networks from scratch or not, or a VAE.");
  group.require_subcommand(1);
  add_init(group);
  add_check(group);
  add_kind(group, Kind::lora, "Learn an adapter (LoRA, LoKr) of a model's transformer.");
  add_kind(group, Kind::full, "Learn whole networks: transformer, text towers; trained or fresh.");
  add_kind(group, Kind::vae, "Learn an autoencoder of pictures.");
  add_kind(group, Kind::classifier, "Learn the classifier that judges pictures for `newbie eval`.");
}

}  // namespace newbie::cli
