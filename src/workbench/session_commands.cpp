// The commands of a session, one function each.

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "prompt/fix.h"
#include "prompt/tag_table.h"
#include "workbench/fields.h"
#include "workbench/recipe_file.h"
#include "workbench/session.h"
#include "workbench/session_text.h"

namespace newbie::workbench {
namespace {

constexpr double kVariation = 0.15;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = text.find_first_not_of(' ', at)) != text.npos;) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

template <class T>
T number(const std::string& text, const char* expected) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error("session.argument", fmt::format("\"{}\" is no {}", text, expected));
  }
  return value;
}

int64_t count_of(const std::string& text) {
  const auto count = number<int64_t>(text, "number of pictures");
  if (count < 1 || count > 100) {
    throw Error("session.argument", fmt::format("{} pictures: expected 1 to 100", count));
  }
  return count;
}

std::string one_line(const std::string& text, size_t most) {
  std::string line = text.substr(0, text.find('\n'));
  if (line.size() <= most && line.size() == text.size()) return line;
  line.resize(std::min(line.size(), most));
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80) != 0) line.pop_back();
  return line + "...";
}

}  // namespace

const Session::Drawn& Session::picture(const std::string& text) const {
  const auto index = number<size_t>(text, "picture");
  if (index >= 1 && index <= drawn_.size()) return drawn_[index - 1];
  throw Error("session.argument",
              drawn_.empty()
                  ? "no picture was drawn yet"
                  : fmt::format("there is no picture {}: they are 1 to {}", index, drawn_.size()));
}

void Session::again(const std::string& arguments) {
  const int64_t count = arguments.empty() ? 1 : count_of(arguments);
  for (int64_t i = 0; i < count; ++i) {
    GenerateRequest next = request_;
    (next.variation > 0 ? next.variation_seed : next.seed) += static_cast<uint64_t>(i);
    if (!draw(next)) return;
  }
}

void Session::diff(const std::string& arguments) {
  const std::vector<std::string> words = words_of(arguments);
  const std::string last = fmt::format("{}", drawn_.size());
  const GenerateRequest& before = picture(words.empty() ? last : words[0]).request;
  const GenerateRequest after =
      words.size() > 1 ? picture(words[1]).request : face_.resolve(request_);
  const std::string changes = changed_in_words(before, after, face_.colour);
  face_.say(changes.empty() ? "no difference\n" : changes);
}

void Session::explain(const std::string& arguments) {
  if (arguments.empty() || !face_.explain) return face_.say(explained(request_));
  if (drawn_.empty() && !check_prompt()) return;
  face_.explain(drawn_.empty() ? request_ : drawn_.back().request, arguments);
}

void Session::fix() {
  prompt::LintOptions options;
  options.tags = &prompt::tag_table();
  const prompt::FixResult result = prompt::fix(request_.prompt, {}, options);
  if (result.applied.empty()) {
    face_.say("nothing that could be mended safely\n");
    return;
  }
  for (const prompt::AppliedFix& fix : result.applied) {
    face_.say(fmt::format("{}: {}\n", fix.rule, fix.description));
  }
  prompt(result.text);
}

void Session::help(const std::string& arguments) {
  std::string out;
  for (const SessionCommand& command : session_commands()) {
    if (!arguments.empty() && command.name != arguments) continue;
    const std::string usage = fmt::format(":{} {}", command.name, command.arguments);
    out += fmt::format("  {:<26} {}\n", usage, command.sentence);
  }
  if (out.empty()) {
    throw Error("session.unknown_command", fmt::format("there is no command :{}", arguments))
        .hint(":help lists them");
  }
  if (arguments.empty()) {
    out +=
        "Anything else is a prompt: XML goes on until an empty line, other prompts are one line.\n";
  }
  face_.say(out);
}

void Session::history() {
  if (drawn_.empty()) return face_.say("no picture yet\n");
  std::string out;
  for (size_t i = 0; i < drawn_.size(); ++i) {
    const GenerateRequest& r = drawn_[i].request;
    const std::string variation =
        r.variation > 0 ? fmt::format(" varied {} by {}", r.variation, r.variation_seed) : "";
    out += fmt::format("{:>3}  seed {}{}, {} steps, cfg {}, {}x{}  {}\n", i + 1, r.seed, variation,
                       r.steps.value_or(0), r.cfg.value_or(1), r.width.value_or(0),
                       r.height.value_or(0), one_line(r.prompt, 40));
  }
  face_.say(out);
}

void Session::load(const std::string& arguments) {
  if (arguments.empty()) throw Error("session.argument", ":load needs a file");
  const std::string extension = std::filesystem::path(arguments).extension().string();
  if (extension != ".png" && extension != ".toml" && extension != ".json") {
    return prompt(read_file(arguments, uint64_t{1} << 20));
  }
  change(read_recipe(arguments).request);
  face_.say(request_in_words(request_, start_));
}

void Session::save(const std::string& arguments) {
  const Drawn& last = picture(fmt::format("{}", drawn_.size()));
  std::string path = arguments;
  if (path.empty()) {
    path = fmt::format("newbie-{}.png", last.request.seed);
    for (int i = 2; std::filesystem::exists(path); ++i) {
      path = fmt::format("newbie-{}-{}.png", last.request.seed, i);
    }
  }
  if (!path.ends_with(".png")) path += ".png";
  std::error_code ignored;  // an unusable folder is reported by the file
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    std::filesystem::create_directories(folder, ignored);
  }
  write_file(path, last.png);
  face_.say(fmt::format("saved {}\n", path));
}

void Session::seed(const std::string& arguments) {
  GenerateRequest next = request_;
  if (arguments == "next") {
    ++next.seed;
  } else if (arguments == "random") {
    next.seed = std::random_device()();
  } else if (!arguments.empty()) {
    set_field(next, "seed", arguments);
  }
  if (!arguments.empty()) next.variation = start_.variation;
  change(std::move(next));
  face_.say(fmt::format("seed: {}\n", request_.seed));
}

void Session::set(const std::string& arguments) {
  const size_t space = arguments.find(' ');
  const std::string name = arguments.substr(0, space);
  if (name.empty()) {
    const std::string changes = changed_in_words(start_, request_);
    return face_.say(changes.empty() ? "everything is as at the start\n" : changes);
  }
  if (name != "negative" && space == arguments.npos) {
    return face_.say(fmt::format("{}: {}\n", name, field_text(request_, name)));
  }
  GenerateRequest next = request_;
  set_field(next, name, space == arguments.npos ? "" : arguments.substr(space + 1));
  change(std::move(next));
  face_.say(fmt::format("{}: {}\n", name, field_text(request_, name)));
}

void Session::show() { face_.say(request_in_words(request_, start_)); }

void Session::size(const std::string& arguments) {
  const size_t cross = arguments.find_first_of("xX");
  if (cross == arguments.npos) {
    throw Error("session.argument", fmt::format("\"{}\" is not WIDTHxHEIGHT", arguments));
  }
  GenerateRequest next = request_;
  set_field(next, "width", arguments.substr(0, cross));
  set_field(next, "height", arguments.substr(cross + 1));
  change(std::move(next));
  face_.say(fmt::format("size: {}x{}\n", *request_.width, *request_.height));
}

void Session::undo() {
  if (before_.empty()) throw Error("session.argument", "there is nothing to take back");
  const std::string changes = changed_in_words(request_, before_.back(), face_.colour);
  request_ = std::move(before_.back());
  before_.pop_back();
  face_.say(changes);
}

void Session::use(const std::string& arguments) {
  change(picture(arguments).request);
  face_.say(request_in_words(request_, start_));
}

void Session::vary(const std::string& arguments) {
  const std::vector<std::string> words = words_of(arguments);
  GenerateRequest next = request_;
  next.variation = words.empty() ? kVariation : number<double>(words[0], "strength");
  const int64_t count = words.size() > 1 ? count_of(words[1]) : 1;
  for (int64_t i = 0; i < count; ++i) {
    next.variation_seed = request_.variation_seed + ++variations_;
    // Turned towards its own noise a picture stays as it is.
    if (next.variation_seed == next.seed)
      next.variation_seed = request_.variation_seed + ++variations_;
    if (!draw(next)) return;
    face_.say(fmt::format("varied {} by {}; :use {} goes on from here\n", next.variation,
                          next.variation_seed, drawn_.size()));
  }
}

}  // namespace newbie::workbench
