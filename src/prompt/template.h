#pragma once
/// Prompts with named slots: `{{hair=blue_hair}}`, or `{{hair}}` where a value must be given.
/// A slot stands on one line; `\{{` is literal. See docs/adr/0122.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// A name that a template leaves open.
struct TemplateSlot {
  std::string name;
  std::optional<std::string> default_value;
  size_t places = 0;  ///< how often the slot stands in the text
};

using SlotValues = std::map<std::string, std::string, std::less<>>;

/// A text read for its slots.
class PromptTemplate {
 public:
  /// Errors: `prompt.slot_syntax` (a slot that does not end on its line, two different defaults).
  explicit PromptTemplate(std::string_view text);

  /// In order of appearance.
  const std::vector<TemplateSlot>& slots() const { return slots_; }
  /// The text with every slot filled. Values are put in as they are and not read for slots again.
  /// Errors: `prompt.slot_unknown`, `prompt.slot_missing`.
  std::string fill(const SlotValues& values) const;

 private:
  struct Piece {
    std::string literal;
    size_t slot = SIZE_MAX;
  };
  size_t slot_index(std::string_view name, std::optional<std::string_view> default_value);

  std::vector<Piece> pieces_;
  std::vector<TemplateSlot> slots_;
};

/// `key=value` pairs as typed on a command line. Errors: `prompt.slot_syntax`.
SlotValues parse_slot_values(const std::vector<std::string>& pairs);

}  // namespace newbie::prompt
