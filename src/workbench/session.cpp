#include "workbench/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "prompt/expand.h"
#include "prompt/fix.h"
#include "prompt/lint.h"
#include "prompt/render.h"
#include "prompt/tag_table.h"
#include "workbench/session_text.h"

namespace newbie::workbench {
namespace {

constexpr size_t kKeptPictures = 32;

}  // namespace

const std::vector<SessionCommand>& session_commands() {
  static const std::vector<SessionCommand> commands{
      {"again", "[COUNT]", "draw the prompt again; COUNT pictures take the following seeds"},
      {"diff", "[A [B]]", "what changed since picture A (the last one), or from A to B"},
      {"explain", "[DIR]",
       "what each encoder reads, or heat maps of where the picture looked, into a folder"},
      {"fix", "", "mend the prompt's findings that have a safe fix, and draw it"},
      {"help", "[COMMAND]", "this list"},
      {"history", "", "the pictures of this session"},
      {"load", "FILE", "take a prompt from a file, or everything from a picture or a recipe"},
      {"negative", "[TEXT]", "what the picture must not show; nothing for none"},
      {"quit", "", "end the session (also Ctrl-D)"},
      {"save", "[FILE]", "write the last picture (newbie-SEED.png)"},
      {"seed", "[N|next|random]", "tell the seed, or take another one"},
      {"set", "[FIELD VALUE]", "change a field of the request, or list what was changed"},
      {"show", "", "the prompt and the settings"},
      {"size", "WIDTHxHEIGHT", "the size of the next picture"},
      {"undo", "", "take back the last change of prompt or settings"},
      {"use", "N", "go on from picture N"},
      {"vary", "[STRENGTH [COUNT]]",
       "variations of the picture: its noise, turned a little (0.15)"},
      {"watch", "[FILE]", "draw whenever FILE is saved; nothing stops it"},
  };
  return commands;
}

Session::Session(SessionFace face, GenerateRequest start)
    : face_(std::move(face)), start_(std::move(start)), request_(start_) {}

bool Session::line(std::string_view text, bool more_follows) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  const size_t first = text.find_first_not_of(" \t");
  const bool blank = first == text.npos;
  if (!blank && text[first] == ':') {
    finish_prompt();
    return command(text.substr(first + 1));
  }
  if (in_prompt()) {
    const bool ends = blank && !more_follows && open_until_closed(typed_) == 0;
    if (ends) {
      finish_prompt();
    } else {
      typed_ += std::string(text) + "\n";
    }
  } else if (!blank && text[first] == '<') {
    typed_ = std::string(text) + "\n";
  } else if (!blank) {
    prompt(std::string(text.substr(first)));
  }
  return true;
}

void Session::end() { finish_prompt(); }

void Session::finish_prompt() {
  if (!in_prompt()) return;
  std::string text = std::exchange(typed_, "");
  text.resize(text.find_last_not_of(" \t\n") + 1);
  prompt(text);
}

void Session::prompt(const std::string& text) {
  try {
    GenerateRequest next = request_;
    const prompt::FirstPrompt first = prompt::first_prompt(text);
    if (first.slots_filled) face_.say("the prompt's slots stand at their defaults\n");
    if (first.choices > 1) {
      face_.say(fmt::format("this is the first of {} prompts; `newbie sweep` draws them all\n",
                            first.choices));
    }
    next.prompt = first.text;
    change(std::move(next));
    draw(request_);
  } catch (const Error& error) {
    ++failures_;
    face_.say(render_error(error, face_.colour));
  }
}

bool Session::check_prompt() {
  const prompt::Parsed parsed = prompt::parse(request_.prompt);
  const prompt::Parsed negative = prompt::parse(request_.negative);
  prompt::LintOptions options;
  options.negative = &negative;
  if (request_.width && request_.height) {
    options.image_size = {static_cast<int>(*request_.width), static_cast<int>(*request_.height)};
  }
  options.tags = &prompt::tag_table();
  const auto findings = prompt::check(parsed, options);
  if (!prompt::has_errors(findings) || request_.lenient) return true;  // the engine tells the rest
  ++failures_;
  face_.say(prompt::render_terminal(findings, request_.prompt, "prompt",
                                    face_.colour ? prompt::Colour::on : prompt::Colour::off));
  face_.say(
      "not drawn: the prompt has errors; :fix mends what it safely can, :undo takes it back, :set "
      "lenient on draws it as it is\n");
  return false;
}

bool Session::draw(const GenerateRequest& request) {
  if (request.prompt.empty()) {
    throw Error("session.no_prompt", "there is no prompt yet").hint("type one, or :load FILE");
  }
  if (!check_prompt()) return false;
  GeneratedImage picture = face_.draw(request);
  drawn_.push_back({face_.resolve(request), picture.png});
  if (drawn_.size() > kKeptPictures) drawn_[drawn_.size() - kKeptPictures - 1].png.clear();
  if (face_.show) face_.show(picture, drawn_.size());
  return true;
}

void Session::change(GenerateRequest next) {
  face_.resolve(next);
  if (changed_in_words(request_, next).empty()) return;
  before_.push_back(std::exchange(request_, std::move(next)));
}

bool Session::command(std::string_view text) {
  const size_t space = std::min(text.find(' '), text.size());
  std::string arguments(text.substr(space));
  arguments.erase(0, arguments.find_first_not_of(' '));
  while (arguments.ends_with(' ')) arguments.pop_back();
  try {
    return run(std::string(text.substr(0, space)), arguments);
  } catch (const Error& error) {
    ++failures_;
    face_.say(render_error(error, face_.colour));
    return true;
  }
}

bool Session::run(const std::string& name, const std::string& arguments) {
  if (name == "quit" || name == "q" || name == "exit") return false;
  if (name == "again") return again(arguments), true;
  if (name == "diff") return diff(arguments), true;
  if (name == "explain") return explain(arguments), true;
  if (name == "fix") return fix(), true;
  if (name == "help" || name == "?") return help(arguments), true;
  if (name == "history") return history(), true;
  if (name == "load") return load(arguments), true;
  if (name == "negative") return set("negative " + arguments), true;
  if (name == "save") return save(arguments), true;
  if (name == "seed") return seed(arguments), true;
  if (name == "set") return set(arguments), true;
  if (name == "show") return show(), true;
  if (name == "size") return size(arguments), true;
  if (name == "undo") return undo(), true;
  if (name == "use") return use(arguments), true;
  if (name == "vary") return vary(arguments), true;
  if (name == "watch" && face_.watch) return face_.watch(arguments), true;
  std::vector<std::string_view> names;
  for (const SessionCommand& known : session_commands()) names.push_back(known.name);
  const std::string near = did_you_mean(name, names);
  throw Error("session.unknown_command", fmt::format("there is no command :{}", name))
      .hint(near.empty() ? ":help lists them" : fmt::format("did you mean :{}?", near));
}

}  // namespace newbie::workbench
