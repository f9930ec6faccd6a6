#include "cli/prompt_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "prompt/expand.h"
#include "prompt/template.h"

namespace newbie::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestPrompt = uint64_t{16} << 20;  // far above what the parser reads

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> prompts_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(folder), end; it != end; ++it) {
    if (is_hidden(it->path())) {
      if (it->is_directory()) it.disable_recursion_pending();
    } else if (it->is_regular_file() && is_prompt_file(it->path())) {
      files.push_back(it->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

PromptSource read_stdin() {
  PromptSource source{"<stdin>", {}, {}};
  std::array<char, 1 << 16> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    source.text.append(buffer.data(), count);
    if (source.text.size() > kLargestPrompt) {
      throw Error("file.too_large",
                  fmt::format("standard input holds more than {} bytes", kLargestPrompt));
    }
  }
  return source;
}

PromptSource read_file_source(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error("file.missing", fmt::format("{} does not exist", path.generic_string()))
        .hint("a prompt itself is given as --text PROMPT");
  }
  return {path.generic_string(), path, read_file(path, kLargestPrompt)};
}

void add_text_option(CLI::App& command, SourceArguments& arguments) {
  command.add_option("-t,--text", arguments.texts, "a prompt given here instead of in a file")
      ->type_name("PROMPT")
      ->expected(1)
      ->take_all();
}

}  // namespace

bool is_prompt_file(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kExtensions = {".xml", ".txt", ".json", ".prompt"};
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

void add_many_sources(CLI::App& command, SourceArguments& arguments) {
  command
      .add_option("PATH", arguments.paths,
                  "files, folders of .xml, .txt, .json and .prompt files, or - for standard input")
      ->type_name("PATH");
  add_text_option(command, arguments);
}

void add_one_source(CLI::App& command, SourceArguments& arguments) {
  command.add_option("FILE", arguments.paths, "a file, or - for standard input")
      ->type_name("FILE")
      ->expected(0, 1);
  add_text_option(command, arguments);
}

PromptSource read_prompt_file(const std::string& path) {
  return path == "-" ? read_stdin() : read_file_source(path);
}

PromptSource first_prompt(PromptSource source) {
  prompt::FirstPrompt first = prompt::first_prompt(source.text);
  source.text = std::move(first.text);
  if (first.slots_filled) source.name += " (slots filled)";
  if (first.choices > 1) source.name += fmt::format(" (1 of {})", first.choices);
  return source;
}

void refuse_template(const PromptSource& source) {
  const PromptSource first = first_prompt(source);
  if (first.name == source.name) return;
  throw Error("prompt.is_template",
              fmt::format("{} has slots or choices, and rewriting would break them", source.name))
      .hint("write its prompts out first: newbie prompt expand");
}

std::vector<PromptSource> read_sources(const SourceArguments& arguments) {
  std::vector<PromptSource> sources;
  for (const std::string& text : arguments.texts) sources.push_back({"<text>", {}, text});
  for (const std::string& path : arguments.paths) {
    if (path != "-" && fs::is_directory(path)) {
      const std::vector<fs::path> files = prompts_in(path);
      if (files.empty()) {
        throw Error("request.no_prompt", fmt::format("{} holds no prompts", path))
            .hint("a folder's .xml, .txt, .json and .prompt files are read");
      }
      for (const fs::path& file : files) sources.push_back(read_file_source(file));
    } else {
      sources.push_back(read_prompt_file(path));
    }
  }
  if (sources.empty()) {
    if (isatty(STDIN_FILENO)) {
      throw Error("request.no_prompt", "no prompt was given")
          .hint("name a file or a folder, pipe a prompt in, or write it behind --text");
    }
    sources.push_back(read_stdin());
  }
  return sources;
}

PromptSource read_source(const SourceArguments& arguments) {
  std::vector<PromptSource> sources = read_sources(arguments);
  if (sources.size() == 1) return std::move(sources.front());
  throw Error("request.usage",
              fmt::format("this command takes one prompt, and {} were given", sources.size()));
}

}  // namespace newbie::cli
