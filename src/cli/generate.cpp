/// `newbie generate`: pictures from a prompt.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <map>
#include <memory>
#include <type_traits>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/generate_output.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/terminal.h"
#include "newbie/engine.h"

namespace newbie::cli {
namespace {

struct Settings {
  GenerateRequest request;
  std::string prompt_file;
  std::string negative_file;
  std::string resolution;
  std::string model;
  std::string out;
  int threads = 0;
  bool preview = false;
  bool quiet = false;
};

/// A field's flags: its name with dashes, and the short ones people know.
std::string flags_of(const std::string& field) {
  static const std::map<std::string, std::string> kShort{
      {"negative", "-n,"}, {"width", "-W,"}, {"height", "-H,"}, {"seed", "-s,"}};
  std::string flag = field;
  std::ranges::replace(flag, '_', '-');
  const auto found = kShort.find(field);
  return (found == kShort.end() ? "" : found->second) + "--" + flag;
}

/// Turns every described field into an option. Ranges are checked by the engine, whose errors say
/// more.
struct OptionAdder {
  CLI::App& command;

  template <class T>
  void operator()(T& value, const FieldInfo& info) const {
    if (std::string_view(info.name) == "prompt") return;  // positional
    CLI::Option* option = nullptr;
    if constexpr (std::is_same_v<T, bool>) {
      option = command.add_flag(flags_of(info.name), value, info.sentence);
    } else if constexpr (std::is_same_v<T, std::string>) {
      option = info.choices.empty()
                   ? command.add_option(flags_of(info.name), value, info.sentence)
                   : add_choice(command, flags_of(info.name), value, info.choices, info.sentence);
      if (!value.empty()) option->default_str(value);
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      option = command.add_option(flags_of(info.name), value, info.sentence)->delimiter(',');
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      option =
          command.add_option(flags_of(info.name), value, info.sentence)->allow_extra_args(false);
    } else {
      option = command.add_option(flags_of(info.name), value, info.sentence);
      if constexpr (std::is_arithmetic_v<T>) option->default_str(fmt::format("{}", value));
    }
    option->group(group_title(info.group));
  }

  static std::string group_title(std::string group) {
    group[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(group[0])));
    return group;
  }
};

void set_resolution(GenerateRequest& request, const std::string& resolution) {
  if (resolution.empty()) return;
  const size_t cross = resolution.find_first_of("xX*");
  const auto number = [&](std::string_view digits) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      throw Error("request.size", fmt::format("resolution \"{}\" is not WIDTHxHEIGHT", resolution))
          .hint("for example --resolution 832x1216");
    }
    return value;
  };
  const std::string_view text = resolution;
  request.width = number(text.substr(0, cross));
  request.height = cross == std::string::npos ? request.width : number(text.substr(cross + 1));
}

/// Ctrl-C asks the engine to stop; a second one ends the program at once.
class InterruptHandler {
 public:
  explicit InterruptHandler(Engine& engine) {
    running = &engine;
    previous_ = std::signal(SIGINT, [](int) {
      running->cancel();
      std::signal(SIGINT, SIG_DFL);
    });
  }
  ~InterruptHandler() {
    std::signal(SIGINT, previous_);
    running = nullptr;
  }

 private:
  static inline Engine* running = nullptr;
  void (*previous_)(int);
};

void print_report(const RunReport& report) {
  const Style s = style(stderr);
  std::string line = "time   ";
  for (const auto& [stage, seconds] : report.seconds) {
    if (seconds >= 0.05) line += fmt::format("{} {:.1f} s, ", stage, seconds);
  }
  if (line.ends_with(", ")) line.resize(line.size() - 2);
  print_err(fmt::format("{}{}{}\n", s.dim, line, s.reset));
  line = "memory ";
  for (const MemoryLine& memory : report.memory) {
    if (memory.peak_bytes >= (1 << 20)) {
      line += fmt::format("{} {:.0f} MiB, ", memory.name,
                          static_cast<double>(memory.peak_bytes) / (1 << 20));
    }
  }
  print_err(fmt::format("{}{}resident {:.0f} MiB at the peak{}\n", s.dim, line,
                        static_cast<double>(report.peak_resident_bytes) / (1 << 20), s.reset));
}

void run(Settings& settings) {
  GenerateRequest& request = settings.request;
  if (!settings.prompt_file.empty()) request.prompt = read_text_argument(settings.prompt_file);
  if (!settings.negative_file.empty())
    request.negative = read_text_argument(settings.negative_file);
  set_resolution(request, settings.resolution);
  if (settings.model.empty()) {
    throw Error("request.model", "no model was given")
        .hint(
            "--model FOLDER, or set NEWBIE_MODEL; the folder holds transformer/, text_encoder/, "
            "clip_model/ and vae/");
  }
  const OutputNames names(settings.out, request.count);
  names.require_writable();

  Engine engine({.model = settings.model, .threads = settings.threads, .keep_loaded = false});
  ProgressLine line(settings.quiet);
  GenerateEvents events;
  events.progress = [&](const Progress& progress) { line.show(progress); };
  events.note = [&](const std::string& severity, const std::string& text) {
    if (settings.quiet && severity != "error") return;
    line.clear();
    print_err(text);
  };
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

  const InterruptHandler interrupts(engine);
  const RunReport report = engine.generate(request, events);
  line.clear();
  if (!settings.quiet) print_report(report);
}

}  // namespace

void add_generate_command(CLI::App& program) {
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *program.add_subcommand("generate", "make pictures from a prompt");
  command.add_option("PROMPT", settings->request.prompt, "XML, a tag list, or sentences");
  command.add_option("-f,--file", settings->prompt_file,
                     "read the prompt from a file; - is standard input");
  command.add_option("--negative-file", settings->negative_file,
                     "read the negative prompt from a file");
  command.add_option("-m,--model", settings->model, "the model's folder")->envname("NEWBIE_MODEL");
  command.add_option(
      "-o,--out", settings->out,
      "where pictures go; {seed}, {index} and {date} are filled in (newbie-{seed}.png)");
  command.add_option("--resolution", settings->resolution, "size as WIDTHxHEIGHT");
  command.add_option("--threads", settings->threads, "processors to use; 0 = all");
  command.add_flag("--preview", settings->preview,
                   "show the picture in the terminal while it is made");
  command.add_flag("-q,--quiet", settings->quiet, "print nothing but the paths of the pictures");
  add_color_option(command);
  settings->request.describe(OptionAdder{command});
  // The last one wins, so that a script's flags can be overridden at its end.
  for (CLI::Option* option : command.get_options()) {
    if (option->get_expected_max() == 1) option->take_last();
  }
  add_examples(command,
               "newbie generate -m model -f assets/templates/two_girls.xml --resolution 1024x1536\n"
               "newbie generate -m model \"1girl, solo, blue_hair, rain\" --steps 20 --cfg 5 -s 7 "
               "--count 4\n"
               "newbie generate -m model -f prompt.xml --init sketch.png --strength 0.5\n"
               "newbie generate -m model -f prompt.xml --init a.png --mask hair.png -o fixed.png");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
