#include "prompt/fix.h"

#include <algorithm>

namespace newbie::prompt {

namespace {

// Enough for the deepest chains (nested brackets, unclosed elements); a bound, not a goal.
constexpr size_t kMostRounds = 64;

bool is_wanted(const Diagnostic& diagnostic, const FixOptions& options) {
  if (options.only.empty()) return true;
  return std::ranges::find(options.only, diagnostic.rule) != options.only.end();
}

const Fix* choose(const Diagnostic& diagnostic, const FixOptions& options) {
  if (diagnostic.fixes.empty() || !is_wanted(diagnostic, options)) return nullptr;
  for (const Fix& fix : diagnostic.fixes) {
    if (fix.safe || options.level == FixLevel::all) return &fix;
  }
  return nullptr;
}

/// The edits of one round: those of whole fixes, as long as they do not touch each other.
class Round {
 public:
  /// False when the fix touches another one; it waits for the next round.
  bool add(const Fix& fix) {
    for (size_t i = 0; i < fix.edits.size(); ++i) {
      const bool overlaps = i > 0 && fix.edits[i - 1].span.end > fix.edits[i].span.begin;
      if (overlaps || touches(fix.edits[i].span)) return false;
    }
    for (const TextEdit& edit : fix.edits) edits_.insert(find(edit.span.begin), edit);
    return !fix.edits.empty();
  }

  const std::vector<TextEdit>& edits() const { return edits_; }

 private:
  std::vector<TextEdit>::const_iterator find(size_t offset) const {
    return std::ranges::upper_bound(edits_, offset, {},
                                    [](const TextEdit& e) { return e.span.begin; });
  }

  // Edits that meet at a border touch: their order would matter.
  bool touches(TextSpan span) const {
    const auto after = find(span.end);
    return after != edits_.begin() && std::prev(after)->span.end >= span.begin;
  }

  std::vector<TextEdit> edits_;
};

}  // namespace

std::string apply_edits(std::string_view source, const std::vector<TextEdit>& edits) {
  std::string out;
  size_t at = 0;
  for (const TextEdit& edit : edits) {
    out += source.substr(at, edit.span.begin - at);
    out += edit.replacement;
    at = edit.span.end;
  }
  out += source.substr(at);
  return out;
}

FixResult fix(std::string source, const ParseOptions& parse_options,
              const LintOptions& lint_options, const FixOptions& fix_options) {
  FixResult result;
  result.text = std::move(source);
  // The kind is decided once: a fix must not turn a tag list into prose.
  ParseOptions options = parse_options;
  for (size_t round = 0;; ++round) {
    const Parsed parsed = parse(result.text, options);
    options.kind = parsed.kind();
    result.remaining = check(parsed, lint_options);
    if (round == kMostRounds) return result;
    Round edits;
    std::vector<AppliedFix> applied;
    for (const Diagnostic& diagnostic : result.remaining) {
      const Fix* chosen = choose(diagnostic, fix_options);
      if (chosen && edits.add(*chosen)) applied.push_back({diagnostic.rule, chosen->description});
    }
    std::string fixed = apply_edits(result.text, edits.edits());
    if (fixed == result.text) return result;
    result.text = std::move(fixed);
    std::ranges::move(applied, std::back_inserter(result.applied));
  }
}

}  // namespace newbie::prompt
