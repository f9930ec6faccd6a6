#pragma once
/// The creative session: prompts and commands in, pictures out. Knows no terminal.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "newbie/engine.h"

namespace newbie::workbench {

/// What a session needs from whoever shows it.
struct SessionFace {
  /// Draws one picture. Errors: those of Engine::generate.
  std::function<GeneratedImage(const GenerateRequest&)> draw;
  /// Checks a request without drawing, as Engine::resolve.
  std::function<GenerateRequest(const GenerateRequest&)> resolve;
  /// Text for the user, whole lines.
  std::function<void(const std::string&)> say;
  /// A finished picture and its number.
  std::function<void(const GeneratedImage&, size_t number)> show;
  /// Draws a request again and writes where it looked at its prompt into a folder.
  std::function<void(const GenerateRequest&, const std::string& folder)> explain;
  /// Starts to watch a prompt file, or stops for "".
  std::function<void(const std::string& path)> watch;
  bool colour = false;
};

struct SessionCommand {
  std::string name;       ///< without the colon
  std::string arguments;  ///< "[N|next|random]"
  std::string sentence;
};

/// All commands, in the order of help.
const std::vector<SessionCommand>& session_commands();

class Session {
 public:
  Session(SessionFace face, GenerateRequest start);

  /// Takes a line as it was typed. A line that opens with `:` is a command; `<` begins a prompt
  /// that goes on until an empty line with nothing behind it (`more_follows`: a script or a paste
  /// goes on), a command, or end(). Anything else is a prompt of one line. A finished prompt is
  /// checked and drawn. Errors are said, not thrown. False when the session is over.
  bool line(std::string_view text, bool more_follows = false);

  /// The input is over: draws a prompt that is still open.
  void end();

  /// Is an XML prompt being typed?
  bool in_prompt() const { return !typed_.empty(); }
  const std::string& typed() const { return typed_; }
  /// Forgets a prompt that is being typed.
  void drop_typed() { typed_.clear(); }

  /// Takes a whole prompt, for example from a file that was saved, and draws it.
  void prompt(const std::string& text);

  const GenerateRequest& request() const { return request_; }
  /// Pictures that were drawn.
  size_t pictures() const { return drawn_.size(); }
  /// Commands and prompts that failed.
  size_t failures() const { return failures_; }

 private:
  struct Drawn {
    GenerateRequest request;  ///< resolved
    std::string png;          ///< of recent pictures only
  };
  using Words = std::vector<std::string>;

  bool command(std::string_view text);
  bool run(const std::string& name, const std::string& arguments);
  void finish_prompt();
  /// Says what is wrong with the prompt; false when it must not be drawn.
  bool check_prompt();
  bool draw(const GenerateRequest& request);
  /// Makes `next` the request, with a way back. Errors: those of resolve.
  void change(GenerateRequest next);
  const Drawn& picture(const std::string& number) const;

  void again(const std::string& arguments);
  void diff(const std::string& arguments);
  void explain(const std::string& arguments);
  void fix();
  void help(const std::string& arguments);
  void history();
  void load(const std::string& arguments);
  void save(const std::string& arguments);
  void seed(const std::string& arguments);
  void set(const std::string& arguments);
  void show();
  void size(const std::string& arguments);
  void undo();
  void use(const std::string& arguments);
  void vary(const std::string& arguments);

  SessionFace face_;
  GenerateRequest start_;
  GenerateRequest request_;
  std::vector<GenerateRequest> before_;  ///< for undo, latest last
  std::vector<Drawn> drawn_;
  std::string typed_;
  uint64_t variations_ = 0;
  size_t failures_ = 0;
};

}  // namespace newbie::workbench
