/// `newbie prompt expand`: fills templates and writes sweeps out.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/prompt_commands.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/expand.h"
#include "prompt/template.h"
#include "prompt/template_library.h"

namespace newbie::cli {
namespace {

struct ExpandSettings {
  SourceArguments source;
  std::string library;
  std::vector<std::string> set;
  std::string wildcards;
  std::string out;
  size_t random = 0;
  uint64_t seed = 0;
  size_t limit = 1000;
  bool list = false;
  bool slots = false;
  bool count = false;
  bool json = false;
};

void list_templates(bool json) {
  const Style s = style(stdout);
  Json all = Json::array();
  size_t width = 0;
  for (const auto& entry : prompt::template_library()) width = std::max(width, entry.name.size());
  for (const prompt::LibraryTemplate& entry : prompt::template_library()) {
    all.push_back({{"name", entry.name}, {"purpose", entry.purpose}, {"text", entry.text}});
    if (json) continue;
    print_out(fmt::format("{}{}{}  {}\n", s.bold, pad(entry.name, width), s.reset, entry.purpose));
  }
  if (json) print_out(all.dump(2) + "\n");
}

void list_slots(const prompt::PromptTemplate& text, bool json) {
  Json all = Json::array();
  std::string out;
  for (const prompt::TemplateSlot& slot : text.slots()) {
    Json one = {{"name", slot.name}, {"places", slot.places}, {"default", nullptr}};
    if (slot.default_value) one["default"] = *slot.default_value;
    all.push_back(std::move(one));
    out += slot.default_value ? fmt::format("{}={}\n", slot.name, *slot.default_value)
                              : fmt::format("{}  (no default)\n", slot.name);
  }
  print_out(json ? all.dump(2) + "\n" : out);
}

/// `007-red-0.6.xml`: the number keeps the order, the label tells them apart.
std::string file_name(size_t index, size_t count, const std::string& label) {
  std::string slug;
  for (char c : label) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_';
    if (plain)
      slug += c;
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
  }
  constexpr size_t kLongest = 80;
  slug.resize(std::min(slug.size(), kLongest));
  while (slug.ends_with('-') || slug.ends_with('.')) slug.pop_back();
  const size_t digits = std::to_string(count).size();
  return fmt::format("{:0{}}{}{}.xml", index + 1, digits, slug.empty() ? "" : "-", slug);
}

std::string line_end(const std::string& text) { return text.ends_with('\n') ? text : text + "\n"; }

void write_out(const std::vector<prompt::SweepPrompt>& prompts, const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < prompts.size(); ++i) {
    const std::filesystem::path file =
        std::filesystem::path(folder) / file_name(i, prompts.size(), prompts[i].label);
    write_file(file, line_end(prompts[i].text));
    print_out(file.generic_string() + "\n");
  }
}

void print_all(const std::vector<prompt::SweepPrompt>& prompts) {
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (prompts.size() > 1) {
      print_out(fmt::format("{}<!-- {}/{}: {} -->\n", i > 0 ? "\n" : "", i + 1, prompts.size(),
                            prompts[i].label));
    }
    print_out(line_end(prompts[i].text));
  }
}

Json as_json(const prompt::Sweep& sweep, const std::vector<prompt::SweepPrompt>& prompts) {
  Json axes = Json::array();
  for (const prompt::SweepAxis& axis : sweep.axes()) {
    axes.push_back({{"name", axis.name}, {"values", axis.values}});
  }
  Json all = Json::array();
  for (const prompt::SweepPrompt& one : prompts) {
    all.push_back({{"text", one.text}, {"label", one.label}, {"choice", one.choice}});
  }
  return {{"axes", std::move(axes)}, {"prompts", std::move(all)}};
}

void run(const ExpandSettings& settings) {
  if (settings.list) return list_templates(settings.json);
  if (!settings.library.empty() &&
      !(settings.source.paths.empty() && settings.source.texts.empty())) {
    throw Error("request.usage", "a prompt and --template were given").hint("use one of them");
  }
  const std::string text = settings.library.empty()
                               ? read_source(settings.source).text
                               : std::string(prompt::library_template(settings.library).text);
  const prompt::PromptTemplate slots(text);
  if (settings.slots) return list_slots(slots, settings.json);
  prompt::SweepOptions options;
  options.wildcard_folder = settings.wildcards;
  options.limit = settings.limit;
  const prompt::Sweep sweep(slots.fill(prompt::parse_slot_values(settings.set)), options);
  if (settings.count) {
    print_out(fmt::format("{}\n", sweep.count()));
    return;
  }
  const std::vector<prompt::SweepPrompt> prompts =
      settings.random > 0 ? sweep.random(settings.random, settings.seed) : sweep.matrix();
  if (settings.json) {
    print_out(as_json(sweep, prompts).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else if (!settings.out.empty()) {
    write_out(prompts, settings.out);
  } else {
    print_all(prompts);
  }
}

}  // namespace

void add_prompt_expand(CLI::App& group) {
  const auto settings = std::make_shared<ExpandSettings>();
  CLI::App& command = *group.add_subcommand(
      "expand", "Fill the slots of a template, and write out choices as one prompt each.");
  add_one_source(command, settings->source);
  command
      .add_option("--template", settings->library, "a template of the library instead of a file")
      ->type_name("NAME");
  command.add_flag("--templates", settings->list, "list the library and exit");
  command.add_option("-s,--set", settings->set, "fill a slot; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command.add_flag("--slots", settings->slots, "list the slots with their defaults and exit");
  command.add_option("--random", settings->random, "draw so many prompts instead of all")
      ->type_name("N");
  command.add_option("--seed", settings->seed, "the same seed draws the same prompts")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--limit", settings->limit, "refuse to make more prompts than this")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--wildcards", settings->wildcards, "where __name__ finds name.txt")
      ->type_name("DIR");
  command.add_option("-o,--out", settings->out, "write a file per prompt into this folder")
      ->type_name("DIR");
  command.add_flag("--count", settings->count, "print how many prompts there are and exit");
  command.add_flag("--json", settings->json, "print axes, labels and prompts as JSON");
  add_color_option(command);
  add_examples(command,
               "examples:\n"
               "  newbie prompt expand -t '1girl, {red|blue}_hair, {rain|snowing}'\n"
               "  newbie prompt expand -t '{c=red|blue}_hair, {c=}_eyes'\n"
               "  newbie prompt expand -t 'smile, (teal_eyes:{0.6..1.4:0.2})' --out sweep/\n"
               "  newbie prompt expand portrait.xml --random 8 --seed 42\n"
               "  newbie prompt expand --templates\n"
               "  newbie prompt expand --template portrait --set hair=red_hair\n"
               "\n"
               "exit codes:\n"
               "  0  done\n"
               "  2  wrong usage, a slot without a value, more prompts than --limit");
  command.callback([settings] { run(*settings); });
}

}  // namespace newbie::cli
