#pragma once
/// Where a command's prompts come from: files, whole folders, standard input, or the command line.

#include <CLI/App.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace newbie::cli {

/// One prompt as it was found.
struct PromptSource {
  std::string name;            ///< for messages: the path, "<stdin>" or "<text>"
  std::filesystem::path path;  ///< empty when it is no file
  std::string text;
};

struct SourceArguments {
  std::vector<std::string> paths;
  std::vector<std::string> texts;
};

/// Adds `PATH...` and `--text`.
void add_many_sources(CLI::App& command, SourceArguments& arguments);
/// Adds `FILE` and `--text`.
void add_one_source(CLI::App& command, SourceArguments& arguments);

/// Reads everything that was asked for, in order. `-` and nothing at all mean standard input; a
/// folder means its .xml, .txt, .json and .prompt files, recursively, sorted, without hidden ones.
/// Errors: `file.*`, `request.no_prompt`.
std::vector<PromptSource> read_sources(const SourceArguments& arguments);

/// The same for commands that take one prompt. Errors: also `request.usage` for several.
PromptSource read_source(const SourceArguments& arguments);

/// What a template or a sweep stands for when nothing is chosen: slots with their defaults, the
/// first of all combinations; `name` says so. Other prompts come back as they are.
PromptSource first_prompt(PromptSource source);

/// Refuses templates and sweeps: rewriting one would break its slots. Errors: `prompt.is_template`.
void refuse_template(const PromptSource& source);

/// Whether its name ends as those of prompts do: .xml, .txt, .json, .prompt.
bool is_prompt_file(const std::filesystem::path& path);

/// Reads one prompt named like an argument: a path or `-`.
PromptSource read_prompt_file(const std::string& path);

}  // namespace newbie::cli
