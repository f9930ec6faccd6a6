#pragma once
/// What the tokenizers of a new model are trained on: texts exactly as the two encoders read them.

#include <cstdint>
#include <string>
#include <vector>

namespace newbie::train {

/// What the tokenizer of each encoder learns from.
struct TextCorpus {
  std::vector<std::string> gemma;
  std::vector<std::string> clip;
};

/// Captions of every kind for `scenes` scenes of the paper-doll world, the templates, the words of
/// the Chinese table and the tags of the tag table. The same arguments give the same texts. Errors:
/// `request.usage`.
TextCorpus world_corpus(uint64_t seed, int64_t scenes);

/// The tags of the prompt language, `<style>` and `</style>` for every element and character, and
/// the line breaks between them: what a vocabulary for structured prompts should keep whole.
std::vector<std::string> markup_symbols();

}  // namespace newbie::train
