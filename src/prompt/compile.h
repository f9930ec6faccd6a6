#pragma once
/// From a prompt to what each text encoder reads, with the owner of every byte.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/diagnostic.h"
#include "prompt/lookup.h"
#include "prompt/parse.h"
#include "prompt/print.h"

namespace newbie::prompt {

/// Whether the negative prompt gets the system prompt in front of its Gemma text.
enum class NegativeSystem { when_not_empty, always, never };
/// Whether Jina reads the system prompt too.
enum class JinaSystem { without, with };

struct CompileOptions {
  ParseOptions parse;
  Layout layout =
      Layout::canonical;  ///< XML and JSON prompts; tag lists and texts know canonical and raw
  std::string system = "auto";  ///< a preset's id, "auto" (by input kind), "none" or "custom"
  std::string custom_system;    ///< the bytes put in front when `system` is "custom"
  std::string negative_system = "same";  ///< a preset's id, "none", or "same" as the positive
  NegativeSystem negative_system_when = NegativeSystem::when_not_empty;
  JinaSystem jina_system = JinaSystem::without;
  const TagLookup* tags = nullptr;
};

/// A stretch of the compiled text and its owner.
struct OwnedSpan {
  enum class Kind { character, element, item } kind;
  std::string path;     ///< "character_1", "character_1.appearance", "character_1.appearance[0]"
  int character = 0;    ///< N of the character it belongs to, 0 for none
  std::string element;  ///< canonical element name, "" for loose text
  TextSpan span;        ///< in `caption`
  TextSpan source;      ///< in the source, empty when it has no place there
  double weight = 1;    ///< product of everything around it, 0..2
};

/// A weight other than 1 on a stretch of `caption`; ascending, never overlapping.
struct WeightSpan {
  TextSpan span;
  double weight = 1;
  bool operator==(const WeightSpan&) const = default;
};

/// Where a character stands.
struct Region {
  int character = 0;
  std::string position;  ///< the value of its position element, "" when it has none
  std::optional<Box> box;
};

/// One prompt (positive or negative), compiled.
struct CompiledText {
  InputKind kind = InputKind::text;
  std::string caption;  ///< without the system prompt
  std::string
      system_id;  ///< preset id, "custom", "none", or "source" for an unknown one in the text
  std::string system_text;  ///< exactly what precedes the caption
  std::string gemma;        ///< system_text + caption, or caption
  std::string jina;
  size_t gemma_caption_offset = 0;  ///< where `caption` begins in `gemma`
  size_t jina_caption_offset = 0;
  std::vector<OwnedSpan> spans;  ///< outer before inner
  std::vector<WeightSpan> weights;
  std::vector<Region> regions;  ///< one per character
  uint64_t content_hash = 0;    ///< of the canonical text with weights, whatever the layout
};

struct Compiled {
  CompiledText positive;
  CompiledText negative;
};

/// Compiles a prompt and its negative. Never fails on any text; call check() first to refuse
/// errors. Errors: `prompt.unknown_system` when an option names no preset.
Compiled compile(std::string_view positive, std::string_view negative = "",
                 const CompileOptions& options = {});
/// The same from what is already parsed.
Compiled compile(const Parsed& positive, const Parsed& negative,
                 const CompileOptions& options = {});
CompiledText compile_positive(const Parsed& parsed, const CompileOptions& options = {});

}  // namespace newbie::prompt
