#pragma once
/// The tokenizers of a new model, as the files that we and upstream's Python read.

#include <filesystem>
#include <vector>

#include "train/tokenizer/corpus.h"

namespace newbie::train {

/// Trains the tokenizers that the configs of a model folder ask for (their `vocab_size`) and writes
/// each as SentencePiece model and as tokenizer.json, with tokenizer_config.json and
/// special_tokens_map.json. They go beside the encoders, text_encoder/ and clip_model/, unless the
/// model has folders of their own (tokenizer/, clip_tokenizer/), which every loader prefers. All
/// files are complete before the first one gets its name. Returns the files. Errors: `config.*`,
/// `file.*`, `tokenizer.*`.
std::vector<std::filesystem::path> write_tokenizers(const std::filesystem::path& model,
                                                    const TextCorpus& corpus);

}  // namespace newbie::train
