#include "cli/drawn_prompt.h"

#include <fmt/format.h>

#include "cli/generate_output.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "newbie/error.h"
#include "prompt/expand.h"

namespace newbie::cli {

void require_prompt(bool given) {
  if (given) return;
  throw Error("request.no_prompt", "no prompt was given")
      .hint("write one in quotes, or name its file; \"\" draws what the model makes of nothing");
}

std::string prompt_argument(const std::string& argument) {
  const bool one_word = argument.find_first_of(",<\n") == std::string::npos;
  return one_word && is_prompt_file(argument) ? read_text_argument(argument) : argument;
}

std::string drawn_prompt(const std::string& text, bool given, bool quiet) {
  require_prompt(given);
  prompt::FirstPrompt first = prompt::first_prompt(text);
  if (quiet) return std::move(first.text);
  if (first.slots_filled) {
    print_err(
        "info: the prompt's slots stand at their defaults; `newbie prompt expand --set` fills "
        "them, `newbie sweep` varies them\n");
  }
  if (first.choices > 1) {
    print_err(
        fmt::format("info: the prompt stands for {} prompts, of which this is the first; `newbie "
                    "sweep` draws them all\n",
                    first.choices));
  }
  return std::move(first.text);
}

}  // namespace newbie::cli
