/// `newbie model tokenizer`: vocabularies for a model that is to be trained from nothing.

#include <memory>

#include "cli/model_commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "train/tokenizer/write_tokenizers.h"

namespace newbie::cli {

void add_model_tokenizer(CLI::App& group) {
  struct Settings {
    std::string path;
    uint64_t seed = 0;
    int64_t scenes = 4000;
  };
  const auto settings = std::make_shared<Settings>();
  CLI::App& command = *group.add_subcommand(
      "tokenizer",
      "Train the two tokenizers that a model's configs ask for, on the world's words.");
  command.add_option("PATH", settings->path, "the model's folder; it needs no weights yet")
      ->required();
  command.add_option("--scenes", settings->scenes, "scenes whose captions are read")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command.add_option("--seed", settings->seed, "of the scenes")->capture_default_str();
  add_color_option(command);
  add_examples(
      command,
      "text_encoder/config.json and clip_model/config.json say how large the vocabularies\n"
      "are. They are made from captions of every kind, the templates, the Chinese table and\n"
      "the tag table; the same settings give the same bytes. Each is written as SentencePiece\n"
      "model and as tokenizer.json, with the two small files that upstream's Python reads too:\n"
      "beside its encoder, or in tokenizer/ and clip_tokenizer/ where the folder has those.\n"
      "\n"
      "examples:\n"
      "  cp -r recipes/nano/model blank\n"
      "  newbie model tokenizer blank");
  command.callback([settings] {
    const auto corpus = train::world_corpus(settings->seed, settings->scenes);
    for (const auto& file : train::write_tokenizers(settings->path, corpus)) {
      print_out(file.string() + "\n");
    }
  });
}

}  // namespace newbie::cli
