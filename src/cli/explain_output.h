#pragma once
/// Writing the explanations of pictures.

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "newbie/engine.h"

namespace newbie::cli {

/// `--explain DIR` and `--explain-tags`.
struct ExplainOptions {
  std::string folder;
  bool tags = false;
};
void add_explain_options(CLI::App& command, ExplainOptions& options);

/// Has explanations written into the folder, each picture's into one of its own (seed-7) when there
/// are several. Nothing when none was asked for. `wrote` is told, in lines, the page of each and
/// how its characters leak. Errors: `file.unwritable` (before time is spent), `request.usage` for
/// tags without a folder.
void write_explanations(GenerateEvents& events, const ExplainOptions& options, int64_t count,
                        std::function<void(const std::string& told)> wrote);

}  // namespace newbie::cli
