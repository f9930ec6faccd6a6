#include "cli/explain_output.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace newbie::cli {
namespace {

void make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed || !std::filesystem::is_directory(folder)) {
    throw Error("file.unwritable", fmt::format("the folder {} cannot be made{}", folder.string(),
                                               failed ? ": " + failed.message() : ""));
  }
}

}  // namespace

void add_explain_options(CLI::App& command, ExplainOptions& options) {
  command
      .add_option(
          "--explain", options.folder,
          "write where the picture looked at the prompt into this folder: a page, a heat map "
          "per character and element, and data")
      ->type_name("DIR")
      ->group("Explain");
  command.add_flag("--explain-tags", options.tags, "a heat map for every tag too")
      ->needs("--explain")
      ->group("Explain");
}

void write_explanations(GenerateEvents& events, const ExplainOptions& options, int64_t count,
                        std::function<void(const std::string& told)> wrote) {
  if (options.folder.empty()) return;
  const std::filesystem::path root = options.folder;
  make_folder(root);
  events.explain_tags = options.tags;
  events.explanation = [root, count, wrote = std::move(wrote)](const Explanation& explanation) {
    const auto folder = count > 1 ? root / fmt::format("seed-{}", explanation.seed) : root;
    make_folder(folder);
    for (const auto& file : explanation.files) write_file(folder / file.name, file.bytes);
    wrote((folder / "index.html").string() + "\n" + explanation.leakage);
  };
}

}  // namespace newbie::cli
