#include "cli/line_editor.h"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cwchar>
#include <filesystem>

#include "base/utf8.h"
#include "cli/terminal.h"

namespace newbie::cli {
namespace {

constexpr int kHistoryLines = 1000;
constexpr int kPasteGap_ms = 30;  // lines of one paste follow each other faster

volatile std::sig_atomic_t interrupted = 0;  // what a signal handler may write to

bool readable(int descriptor, int timeout_ms) {
  pollfd input{descriptor, POLLIN, 0};
  return ::poll(&input, 1, timeout_ms) > 0;
}

/// Words in columns, as shells list them.
std::string listed(const std::vector<std::string>& words) {
  size_t widest = 0;
  for (const std::string& word : words) widest = std::max(widest, utf8::display_width(word) + 2);
  const size_t across = std::max<size_t>(1, 80 / widest);
  std::string out = "\n";
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size() || (i + 1) % across == 0;
    out += last ? words[i] + "\n" : pad(words[i], widest);
  }
  return out;
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::string history_file;
  std::string prompt;
  Complete complete;
  int descriptor = -1;
  std::function<void()> happened;

  static State& of(EditLine* editor) {
    void* state = nullptr;
    el_get(editor, EL_CLIENTDATA, &state);
    return *static_cast<State*>(state);
  }
  static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

  /// Waits for input, or for what else is awaited. False when a signal came instead.
  bool await_input() {
    while (true) {
      std::array<pollfd, 2> inputs{{{STDIN_FILENO, POLLIN, 0}, {descriptor, POLLIN, 0}}};
      const int ready = ::poll(inputs.data(), descriptor >= 0 ? 2 : 1, -1);
      if (interrupted != 0) return false;
      if (ready < 0 && errno != EINTR) return false;
      if (ready > 0 && (inputs[1].revents & POLLIN) != 0 && descriptor >= 0) {
        happened();
        el_set(editor, EL_REFRESH);
      }
      if (ready > 0 && inputs[0].revents != 0) return true;
    }
  }

  /// One character. libedit's own reader cannot wait for two things.
  static int get_character(EditLine* editor, wchar_t* out) {
    State& state = of(editor);
    std::mbstate_t partial{};
    while (true) {
      if (!state.await_input()) return -1;
      char byte = 0;
      const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
      if (got == 0) return 0;
      if (got < 0) return -1;
      const size_t used = std::mbrtowc(out, &byte, 1, &partial);
      if (used == static_cast<size_t>(-1)) {
        partial = {};  // not UTF-8: dropped
      } else if (used != static_cast<size_t>(-2)) {
        return 1;
      }
    }
  }

  static unsigned char complete_word(EditLine* editor, int) {
    State& state = of(editor);
    const LineInfo* line = el_line(editor);
    const std::string typed(line->buffer, line->cursor);
    const workbench::Completions found = state.complete(typed);
    if (found.words.empty()) return CC_REFRESH_BEEP;
    const std::string prefix = workbench::common_prefix(found.words);
    const size_t begin = std::min(found.begin, typed.size());
    if (found.words.size() > 1 && prefix.size() <= typed.size() - begin) {
      print_out(listed(found.words));
      std::fflush(stdout);
      return CC_REDISPLAY;
    }
    // Replaced as a whole: what was typed may be spelt differently ("blue hair").
    el_deletestr(editor, static_cast<int>(utf8::count(typed.substr(begin))));
    const bool goes_on =
        found.words.size() == 1 && typed.starts_with(":") && !prefix.ends_with('/');
    el_insertstr(editor, (prefix + (goes_on ? " " : "")).c_str());
    return CC_REFRESH;
  }
};

LineEditor::LineEditor(const std::string& history, Complete complete)
    : state_(std::make_unique<State>()) {
  // Line editing counts characters in the user's encoding; prompts are UTF-8 whatever that is.
  if (!std::setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  State& s = *state_;
  s.history_file = history;
  s.complete = std::move(complete);
  s.editor = el_init("newbie", stdin, stdout, stderr);
  s.history = history_init();
  HistEvent event;
  ::history(s.history, &event, H_SETSIZE, kHistoryLines);
  ::history(s.history, &event, H_SETUNIQUE, 1);
  if (!history.empty()) ::history(s.history, &event, H_LOAD, history.c_str());
  el_set(s.editor, EL_CLIENTDATA, &s);
  el_set(s.editor, EL_PROMPT, &State::prompt_of);
  el_set(s.editor, EL_EDITOR, "emacs");
  el_set(s.editor, EL_HIST, ::history, s.history);
  el_set(s.editor, EL_GETCFN, &State::get_character);
  el_set(s.editor, EL_ADDFN, "newbie-complete", "complete the word", &State::complete_word);
  el_set(s.editor, EL_BIND, "^I", "newbie-complete", nullptr);
  el_set(s.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(s.editor, nullptr);  // the user's ~/.editrc
}

LineEditor::~LineEditor() {
  HistEvent event;
  if (!state_->history_file.empty()) {
    std::error_code ignored;  // a history that cannot be kept is no reason to complain
    std::filesystem::create_directories(std::filesystem::path(state_->history_file).parent_path(),
                                        ignored);
    ::history(state_->history, &event, H_SAVE, state_->history_file.c_str());
  }
  history_end(state_->history);
  el_end(state_->editor);
}

TypedLine LineEditor::read(const std::string& prompt) {
  State& s = *state_;
  s.prompt = prompt;
  interrupted = 0;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { interrupted = 1; };  // no SA_RESTART: it must end the wait
  ::sigaction(SIGINT, &action, &before);
  int length = 0;
  const char* text = el_gets(s.editor, &length);
  ::sigaction(SIGINT, &before, nullptr);
  if (text == nullptr || length <= 0) {
    const bool stopped = interrupted != 0;
    el_reset(s.editor);
    print_out("\n");
    return {stopped ? TypedLine::Kind::interrupted : TypedLine::Kind::end, "", false};
  }
  TypedLine line{TypedLine::Kind::line, std::string(text, static_cast<size_t>(length)), false};
  while (line.text.ends_with('\n') || line.text.ends_with('\r')) line.text.pop_back();
  HistEvent event;
  if (!line.text.empty()) ::history(s.history, &event, H_ENTER, line.text.c_str());
  line.more_follows = readable(STDIN_FILENO, kPasteGap_ms);
  return line;
}

void LineEditor::also_await(int descriptor, std::function<void()> happened) {
  state_->descriptor = descriptor;
  state_->happened = std::move(happened);
}

std::string state_file(const std::string& name) {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state && *state) return std::string(state) + "/newbie/" + name;
  const char* home = std::getenv("HOME");
  return home && *home ? std::string(home) + "/.local/state/newbie/" + name : "";
}

}  // namespace newbie::cli
