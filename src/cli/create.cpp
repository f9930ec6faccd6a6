/// `newbie create`: a session that keeps the model loaded.

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/explain_output.h"
#include "cli/generate_output.h"
#include "cli/interrupt.h"
#include "cli/line_editor.h"
#include "cli/options.h"
#include "cli/picture_view.h"
#include "cli/progress_line.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "workbench/file_watch.h"
#include "workbench/recipe_file.h"
#include "workbench/session.h"

namespace newbie::cli {
namespace {

struct Settings {
  GenerateRequest flags;
  std::string recipe;
  std::string resolution;
  std::string watch;
  std::string script;
  std::string out;
  std::string display = "auto";
  EngineOptions engine;
  bool no_preview = false;
  bool quiet = false;
};

volatile std::sig_atomic_t stopped = 0;  // what a signal handler may write to

/// The session, its engine, and what both need of the terminal.
class Studio {
 public:
  Studio(const Settings& settings, GenerateRequest start)
      : settings_(settings),
        display_(chosen_display(settings.display)),
        engine_(settings.engine),
        line_(settings.quiet),
        session_(face(), std::move(start)) {
    engine_.resolve(session_.request());
    if (!settings.out.empty()) names_.emplace(settings.out, 1).require_writable();
  }

  workbench::Session& session() { return session_; }
  workbench::FileWatch* watched() { return watch_.get(); }

  /// Draws the watched file if it was saved.
  void look_at_watched() {
    if (!watch_ || !watch_->saved()) return;
    print_out(fmt::format("{} was saved\n", watch_->file().string()));
    session_.prompt(read_file(watch_->file(), uint64_t{1} << 20));
  }

  void watch(const std::string& path) {
    watch_.reset();
    if (path.empty()) return;
    watch_ = std::make_unique<workbench::FileWatch>(path);
    if (std::filesystem::exists(path)) {
      session_.prompt(read_file(path, uint64_t{1} << 20));
    } else {
      print_out(fmt::format("{} is not there yet: it is drawn when it is saved\n", path));
    }
  }

 private:
  workbench::SessionFace face() {
    return {.draw = [this](const GenerateRequest& request) { return draw(request); },
            .resolve = [this](const GenerateRequest& request) { return engine_.resolve(request); },
            .say =
                [](const std::string& text) {
                  print_out(text);
                  std::fflush(stdout);
                },
            .show = [this](const GeneratedImage& picture, size_t number) { show(picture, number); },
            .explain = [this](const GenerateRequest& request,
                              const std::string& folder) { draw(request, folder); },
            .watch = [this](const std::string& path) { watch(path); },
            .colour = use_colour(stdout)};
  }

  /// Draws, and explains the picture into `folder` unless that is "".
  GeneratedImage draw(const GenerateRequest& request, const std::string& folder = "") {
    GeneratedImage drawn;
    GenerateEvents events = progress_events(line_, settings_.quiet);
    events.note = [this](const std::string&, const std::string& text) {
      if (settings_.quiet || !told_.insert(text).second) return;  // once is enough
      line_.clear();
      print_err(text);
    };
    events.image = [&](GeneratedImage picture) { drawn = std::move(picture); };
    write_explanations(events, {.folder = folder, .tags = !folder.empty()}, 1,
                       [this](const std::string& told) {
                         line_.clear();
                         print_out(told);
                       });
    if (display_ != Display::none && !settings_.no_preview) {
      events.preview = [this](const Pixels& pixels) { line_.show_preview(pixels); };
    }
    if (std::exchange(stopped, 0) != 0) {
      throw Error("request.cancelled", "cancelled before it was begun");
    }
    const InterruptHandler interrupts(engine_);
    try {
      engine_.generate(request, events);
    } catch (...) {
      line_.clear_preview();
      throw;
    }
    line_.clear_preview();
    return drawn;
  }

  void show(const GeneratedImage& picture, size_t number) {
    show_picture(display_, picture);
    std::string line = fmt::format("picture {}: seed {}", number, picture.seed);
    if (names_) {
      const std::string path = names_->path(static_cast<int64_t>(number) - 1, picture.seed);
      write_file(path, picture.png);
      line += ", " + path;
    }
    print_out(line + "\n");
    std::fflush(stdout);
  }

  const Settings& settings_;
  Display display_;
  Engine engine_;
  ProgressLine line_;
  std::optional<OutputNames> names_;
  std::set<std::string> told_;
  std::unique_ptr<workbench::FileWatch> watch_;
  workbench::Session session_;
};

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const auto& command : workbench::session_commands()) names.push_back(command.name);
  return names;
}

/// Ctrl-C between two pictures of one command ends the command, not the session.
class KeptSession {
 public:
  KeptSession() : previous_(std::signal(SIGINT, [](int) { stopped = 1; })) {}
  ~KeptSession() { std::signal(SIGINT, previous_); }
  KeptSession(const KeptSession&) = delete;
  KeptSession& operator=(const KeptSession&) = delete;

 private:
  void (*previous_)(int);
};

void run_interactive(Studio& studio) {
  const KeptSession kept;
  workbench::Session& session = studio.session();
  print_out("Type a prompt, or :help. XML goes on until an empty line; Tab completes.\n");
  LineEditor editor(state_file("create_history"), [&](const std::string& line) {
    return workbench::complete(line, session.typed(), command_names());
  });
  while (true) {
    workbench::FileWatch* watched = studio.watched();
    editor.also_await(watched ? watched->descriptor() : -1, [&] { studio.look_at_watched(); });
    const TypedLine typed = editor.read(session.in_prompt() ? "... " : "newbie> ");
    if (typed.kind == TypedLine::Kind::end) break;
    stopped = 0;
    if (typed.kind == TypedLine::Kind::interrupted) {
      session.drop_typed();
    } else if (!session.line(typed.text, typed.more_follows)) {
      return;
    }
  }
  session.end();
}

/// Sleeps on the watched file until Ctrl-C.
void keep_watching(Studio& studio) {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  while (stopped == 0) {
    pollfd input{studio.watched()->descriptor(), POLLIN, 0};
    if (::poll(&input, 1, -1) > 0) studio.look_at_watched();
  }
}

void run_script(Studio& studio, std::istream& input) {
  std::string line;
  while (std::getline(input, line)) {
    studio.look_at_watched();
    if (!studio.session().line(line, true)) return;
  }
  studio.session().end();
  if (studio.watched()) keep_watching(studio);
}

void run(Settings& settings, const CLI::App& command) {
  GenerateRequest start;
  if (!settings.recipe.empty()) {
    const workbench::RecipeFile recipe = workbench::read_recipe(settings.recipe);
    start = recipe.request;
    take_model_of_recipe(command, recipe.model, settings.engine);
  }
  apply_given_fields(command, settings.flags, start);
  set_resolution(start, settings.resolution);
  require_model(settings.engine);
  start.count = start.batch = 1;
  settings.engine.keep_loaded = true;
  Studio studio(settings, start);
  if (!settings.watch.empty()) studio.watch(settings.watch);
  if (!settings.script.empty() && settings.script != "-") {
    std::ifstream script(settings.script);
    if (!script) throw Error("file.unreadable", fmt::format("{} cannot be read", settings.script));
    run_script(studio, script);
  } else if (settings.script == "-" || ::isatty(STDIN_FILENO) == 0) {
    run_script(studio, std::cin);
  } else {
    run_interactive(studio);
    return;  // mistakes were mended, or not, by the person who made them
  }
  finish(studio.session().failures() == 0 ? kClean : kFindings);
}

}  // namespace

void add_create_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand(
      "create", "Draw in a session that keeps the model loaded: type, look, change, repeat.");
  command
      .add_option("-r,--recipe", settings->recipe,
                  "start from a recipe: TOML, a picture made by newbie, or a manifest")
      ->type_name("FILE");
  command
      .add_option("--watch", settings->watch, "draw this prompt, and again whenever it is saved")
      ->type_name("FILE");
  command
      .add_option("--script", settings->script,
                  "take lines from a file instead of the terminal; - is standard input")
      ->type_name("FILE");
  command
      .add_option("-o,--out", settings->out,
                  "write every picture; {seed}, {index} (its number) and {date} are filled in")
      ->type_name("FILE");
  command.add_option("--resolution", settings->resolution, "size as WIDTHxHEIGHT");
  add_choice(command, "--display", settings->display, display_choices(),
             "how pictures are shown in the terminal");
  command.add_flag("--no-preview", settings->no_preview,
                   "do not show the picture while it is made");
  add_engine_options(command, settings->engine);
  command.add_flag("-q,--quiet", settings->quiet, "no progress, no warnings");
  add_color_option(command);
  add_request_options(command, settings->flags);
  let_last_win(command);
  std::string commands = "in a session:\n";
  for (const auto& one : workbench::session_commands()) {
    commands +=
        fmt::format("  {:<26} {}\n", fmt::format(":{} {}", one.name, one.arguments), one.sentence);
  }
  add_examples(command,
               commands +
                   "\n"
                   "examples:\n"
                   "  newbie create --model model --resolution 832x1216\n"
                   "  newbie create --model model --watch prompt.xml --out drafts/{index}.png\n"
                   "  printf '1girl, rain\\n:set cfg 6\\n:again\\n:save rain.png\\n' | "
                   "newbie create --model model\n"
                   "\n"
                   "exit codes of scripts:\n"
                   "  0  done\n"
                   "  1  a prompt or a command failed; the others ran\n"
                   "  2  wrong usage, or no model");
  command.callback([settings, &command] { run(*settings, command); });
}

}  // namespace newbie::cli
