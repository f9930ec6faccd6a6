#include "prompt/expand.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "prompt/expand_syntax.h"
#include "prompt/expand_wildcards.h"
#include "prompt/template.h"

namespace newbie::prompt {
namespace {

constexpr size_t kDeepest = 8;
constexpr size_t kMostValues = 10000;  // of one axis, after nested choices are written out

/// Reads a text into pieces, declaring axes as they come.
class SweepReader {
 public:
  SweepReader(const SweepOptions& options, std::vector<SweepAxis>& axes,
              std::vector<Sweep::Piece>& pieces)
      : options_(options), axes_(axes), pieces_(pieces) {}

  void read(std::string_view text) {
    for (size_t at = 0; at < text.size();) at += read_one(text, at);
    flush();
  }

 private:
  /// Reads an escape, a choice, a wildcard or one byte; returns its length.
  size_t read_one(std::string_view text, size_t at) {
    if (const size_t length = escape_length(text, at)) {
      literal_ += text.substr(at + 1, length - 1);
      return length;
    }
    if (text[at] == '{') {
      if (const auto choice = choice_at(text, at)) return add_choice(*choice), choice->length;
    }
    if (const std::string_view name = wildcard_at(text, at); !name.empty()) {
      add_axis("", wildcard_values(options_.wildcard_folder, name));
      return name.size() + 4;
    }
    literal_ += text[at];
    return 1;
  }

  /// `\{`, `\|`, `\}` and `\__` lose their backslash; `\(` belongs to the prompt language.
  static size_t escape_length(std::string_view text, size_t at) {
    if (text[at] != '\\' || at + 1 >= text.size()) return 0;
    const char next = text[at + 1];
    if (next == '{' || next == '|' || next == '}') return 2;
    return text.substr(at + 1).starts_with("__") ? 3 : 0;
  }

  void add_choice(const BraceChoice& choice) {
    if (choice.is_reference) {
      const SweepAxis& axis = axes_[declared(choice.name)];
      add_piece(declared(choice.name), axis.values);
    } else {
      add_axis(choice.name, written_out(choice.body, 0));
    }
  }

  size_t declared(std::string_view name) const {
    const auto found = std::ranges::find(axes_, name, &SweepAxis::name);
    if (found != axes_.end()) return static_cast<size_t>(found - axes_.begin());
    std::vector<std::string_view> names;
    for (const SweepAxis& axis : axes_) {
      if (!axis.name.empty()) names.push_back(axis.name);
    }
    Error error("prompt.sweep_axis", fmt::format("{{{0}=}} repeats an axis `{0}` that was not "
                                                 "declared before it",
                                                 name));
    if (const std::string near = did_you_mean(name, names); !near.empty()) {
      error.hint(fmt::format("did you mean {{{}=}}?", near));
    } else {
      error.hint(fmt::format("declare it where it first stands: {{{}=one|two}}", name));
    }
    throw error;
  }

  void add_axis(std::string_view name, std::vector<std::string> values) {
    const auto same = name.empty() ? axes_.end() : std::ranges::find(axes_, name, &SweepAxis::name);
    if (same == axes_.end()) {
      axes_.push_back({std::string(name), values});
      add_piece(axes_.size() - 1, std::move(values));
      return;
    }
    if (same->values.size() != values.size()) {
      throw Error("prompt.sweep_axis",
                  fmt::format("axis `{}` has {} alternatives at one place and {} at another", name,
                              same->values.size(), values.size()))
          .hint(fmt::format("places that vary together need as many alternatives each; to repeat "
                            "the value write {{{}=}}",
                            name));
    }
    add_piece(static_cast<size_t>(same - axes_.begin()), std::move(values));
  }

  void add_piece(size_t axis, std::vector<std::string> values) {
    flush();
    pieces_.push_back({"", axis, std::move(values)});
  }

  void flush() {
    if (!literal_.empty()) pieces_.push_back({std::move(literal_), SIZE_MAX, {}});
    literal_.clear();
  }

  /// All texts a body stands for, nested choices included, in order.
  std::vector<std::string> written_out(std::string_view body, size_t depth) const {
    if (depth > kDeepest) {
      throw Error("prompt.sweep_depth",
                  fmt::format("choices are nested more than {} deep", kDeepest));
    }
    if (auto range = range_values(body)) return *range;
    std::vector<std::string> all;
    for (std::string_view alternative : alternatives(body)) {
      for (std::string& text : combinations(alternative, depth)) all.push_back(std::move(text));
    }
    return all;
  }

  std::vector<std::string> combinations(std::string_view text, size_t depth) const {
    std::vector<std::string> done{""};
    for (size_t at = 0; at < text.size();) {
      std::vector<std::string> next;
      size_t length = escape_length(text, at);
      if (length != 0) {
        next.emplace_back(text.substr(at + 1, length - 1));
      } else if (const auto choice = text[at] == '{' ? choice_at(text, at) : std::nullopt) {
        length = choice->length;
        if (!choice->name.empty()) {
          throw Error("prompt.sweep_axis",
                      fmt::format("axis `{}` is named inside another choice", choice->name))
              .hint("only the outermost choice can have a name");
        }
        next = written_out(choice->body, depth + 1);
      } else if (const std::string_view name = wildcard_at(text, at); !name.empty()) {
        length = name.size() + 4;
        next = wildcard_values(options_.wildcard_folder, name);
      } else {
        length = 1;
        next.emplace_back(1, text[at]);
      }
      done = product(done, next);
      at += length;
    }
    return done;
  }

  static std::vector<std::string> product(std::vector<std::string>& left,
                                          const std::vector<std::string>& right) {
    if (right.size() == 1) {
      for (std::string& text : left) text += right.front();
      return std::move(left);
    }
    if (left.size() * right.size() > kMostValues) {
      throw Error("prompt.sweep_too_many",
                  fmt::format("one choice stands for more than {} texts", kMostValues));
    }
    std::vector<std::string> all;
    all.reserve(left.size() * right.size());
    for (const std::string& head : left) {
      for (const std::string& tail : right) all.push_back(head + tail);
    }
    return all;
  }

  const SweepOptions& options_;
  std::vector<SweepAxis>& axes_;
  std::vector<Sweep::Piece>& pieces_;
  std::string literal_;
};

/// SplitMix64 (Steele, Lea, Flood 2014): one well-mixed value per counter.
uint64_t mix(uint64_t counter) {
  uint64_t z = counter * 0x9E3779B97F4A7C15u + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Error too_many(size_t count, size_t limit) {
  const std::string found =
      count == SIZE_MAX ? "more than fit into a number" : std::to_string(count);
  return Error("prompt.sweep_too_many",
               fmt::format("the sweep stands for {} prompts, the limit is {}", found, limit))
      .hint("raise --limit, or draw some of them with --random");
}

}  // namespace

Sweep::Sweep(std::string_view text, const SweepOptions& options) : limit_(options.limit) {
  SweepReader(options, axes_, pieces_).read(text);
}

size_t Sweep::count() const {
  size_t product = 1;
  for (const SweepAxis& axis : axes_) {
    if (product > SIZE_MAX / axis.values.size()) return SIZE_MAX;
    product *= axis.values.size();
  }
  return product;
}

SweepPrompt Sweep::choose(std::vector<size_t> choice) const {
  SweepPrompt prompt;
  for (const Piece& piece : pieces_) {
    prompt.text += piece.axis == SIZE_MAX ? piece.literal : piece.values[choice[piece.axis]];
  }
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    const std::string& value = axes_[axis].values[choice[axis]];
    if (axis > 0) prompt.label += ", ";
    if (!axes_[axis].name.empty()) prompt.label += axes_[axis].name + "=";
    prompt.label += value.empty() ? "(none)" : value;
  }
  prompt.choice = std::move(choice);
  return prompt;
}

SweepPrompt Sweep::at(size_t index) const {
  std::vector<size_t> choice(axes_.size());
  for (size_t axis = axes_.size(); axis-- > 0;) {
    choice[axis] = index % axes_[axis].values.size();
    index /= axes_[axis].values.size();
  }
  return choose(std::move(choice));
}

std::vector<SweepPrompt> Sweep::matrix() const {
  if (count() > limit_) throw too_many(count(), limit_);
  std::vector<SweepPrompt> prompts;
  prompts.reserve(count());
  for (size_t index = 0; index < count(); ++index) prompts.push_back(at(index));
  return prompts;
}

std::vector<SweepPrompt> Sweep::random(size_t draws, uint64_t seed) const {
  if (draws > limit_) throw too_many(draws, limit_);
  std::vector<SweepPrompt> prompts;
  prompts.reserve(draws);
  for (size_t draw = 0; draw < draws; ++draw) {
    std::vector<size_t> choice(axes_.size());
    const uint64_t stream = mix(mix(seed) ^ draw);
    for (size_t axis = 0; axis < axes_.size(); ++axis) {
      // The high half of a product maps 32 random bits evenly enough onto any number of values.
      const uint64_t bits = mix(stream ^ axis) >> 32;
      choice[axis] = static_cast<size_t>((bits * axes_[axis].values.size()) >> 32);
    }
    prompts.push_back(choose(std::move(choice)));
  }
  return prompts;
}

FirstPrompt first_prompt(std::string_view text) {
  FirstPrompt first{std::string(text)};
  try {
    const PromptTemplate slots(text);
    if (!slots.slots().empty() && std::ranges::all_of(slots.slots(), [](const TemplateSlot& slot) {
          return slot.default_value.has_value();
        })) {
      first = {slots.fill({}), true};
    }
  } catch (const Error&) {
    return first;  // a broken slot is text
  }
  try {
    const Sweep sweep(first.text);
    if (sweep.axes().empty()) return first;
    return {sweep.at(0).text, first.slots_filled, sweep.count()};
  } catch (const Error&) {
    return first;  // whoever means a sweep hears about it from `expand`
  }
}

}  // namespace newbie::prompt
