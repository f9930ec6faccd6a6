#pragma once
/// Commands of `newbie model` that have files of their own.

#include "cli/commands.h"

namespace newbie::cli {

void add_model_tokenizer(CLI::App& group);  // newbie model tokenizer

}  // namespace newbie::cli
