#pragma once
/// The checks. Each rule is one function in a lint_<subject>.cpp file.

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "prompt/diagnostic.h"
#include "prompt/lookup.h"
#include "prompt/parse.h"

namespace newbie::prompt {

struct TokenizerView;

/// How Chinese words in tag values are treated.
enum class ZhTags { keep, warn, translate };

struct TriggerExpectation {
  std::string adapter;            ///< the adapter's name, for the message
  std::string text;               ///< the words it was trained with
  std::string element = "style";  ///< where they belong
};

/// What the rules may know beyond the prompt. Rules that lack their context stay silent.
struct LintOptions {
  const Parsed* positive = nullptr;  ///< X031, when checking a negative prompt: offers the fix
  const Parsed* negative = nullptr;  ///< X031
  std::vector<TriggerExpectation> triggers;        ///< X037
  std::optional<std::array<int, 2>> image_size;    ///< X032: width, height
  const TokenizerView* gemma_tokenizer = nullptr;  ///< X025, X026: counts the compiled text
  bool system_prompt_chosen = false;               ///< X027: another one will be put in front
  bool is_negative = false;                ///< this is a negative prompt: its elements are fine
  size_t trained_tokens = 512;             ///< X025
  size_t position_limit = 1024;            ///< X026
  const TagLookup* tags = nullptr;         ///< X021, tag-likeness
  const ChineseLookup* chinese = nullptr;  ///< X034, X035
  ZhTags zh_tags = ZhTags::warn;           ///< translate makes X034's fix safe, keep silences X034
  Limits limits;                           ///< X039: to name them
  std::vector<std::string> disabled;       ///< rule ids that stay silent
};

/// All findings, in order of place, then id. Never throws on any prompt.
std::vector<Diagnostic> check(const Parsed& parsed, const LintOptions& options = {});

}  // namespace newbie::prompt
