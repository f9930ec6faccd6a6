#include "train/recipe/write.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

#include "base/escape.h"

namespace newbie::train {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char byte : text) append_string_byte(out, byte);
  return out + "\"";
}

std::string value_text(const std::string& value) { return quoted(value); }
std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(int64_t value) { return fmt::to_string(value); }
/// The shortest text that reads back as the same number; always recognisable as one with a point.
std::string value_text(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}
std::string value_text(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) out += (out.size() > 1 ? ", " : "") + quoted(value);
  return out + "]";
}

/// "1 to 64", "lora or lokr", "" when anything goes.
std::string range_text(const FieldInfo& info) {
  if (!info.choices.empty()) return fmt::format("{}", fmt::join(info.choices, ", "));
  if (!std::isfinite(info.least)) return "";
  return fmt::format("{:g} to {:g}", info.least, info.most);
}

enum class Comments : uint8_t { with, without };

struct KeyWriter {
  std::string& out;
  Comments comments;

  template <class T>
  void operator()(const T& value, const FieldInfo& info) const {
    if (comments == Comments::with) {
      const std::string range = range_text(info);
      out +=
          fmt::format("# {}{}\n", info.sentence, range.empty() ? "" : fmt::format(" ({})", range));
    }
    out += fmt::format("{} = {}\n", info.name, value_text(value));
  }
};

struct SectionWriter {
  std::string& out;
  Kind kind;
  Comments comments;

  template <class Section>
  void operator()(const SectionInfo& info, Section& section) const {
    if (!concerns(info.kinds, kind)) return;
    if (comments == Comments::with) out += fmt::format("\n# {}\n", info.sentence);
    if constexpr (std::is_same_v<Section, std::vector<DataSection>>) {
      for (DataSection& source : section) {
        out += fmt::format("[[{}]]\n", info.name);
        source.describe(KeyWriter{out, comments});
      }
    } else {
      out += fmt::format("[{}]\n", info.name);
      section.describe(KeyWriter{out, comments});
    }
  }
};

struct ReferenceKeys {
  std::string& out;

  template <class T>
  void operator()(const T& value, const FieldInfo& info) const {
    out += fmt::format("| `{}` | {} | {} | `{}` |\n", info.name, info.sentence, range_text(info),
                       value_text(value));
  }
};

struct ReferenceSections {
  std::string& out;

  template <class Section>
  void operator()(const SectionInfo& info, Section& section) const {
    std::vector<std::string_view> kinds;
    for (const Kind kind : kKinds) {
      if (concerns(info.kinds, kind)) kinds.push_back(name_of(kind));
    }
    out += fmt::format("\n## {}{}{}\n\n{} Read by: {}.\n\n", info.list ? "[[" : "[", info.name,
                       info.list ? "]]" : "]", info.sentence, fmt::join(kinds, ", "));
    out += "| key | meaning | values | default |\n| --- | --- | --- | --- |\n";
    if constexpr (std::is_same_v<Section, std::vector<DataSection>>) {
      DataSection source;
      source.describe(ReferenceKeys{out});
    } else {
      section.describe(ReferenceKeys{out});
    }
  }
};

}  // namespace

std::string template_of(Recipe recipe) {
  std::string out = fmt::format(
      "# A recipe for `newbie train {}`. Keys that are left out keep the values shown here.\n",
      name_of(recipe.kind));
  recipe.describe(SectionWriter{out, recipe.kind, Comments::with});
  return out;
}

std::string to_toml(Recipe recipe) {
  std::string out;
  recipe.describe(SectionWriter{out, recipe.kind, Comments::without});
  return out;
}

std::string recipe_reference() {
  std::string out =
      "# Training recipes\n\n"
      "Every key of a recipe for `newbie train lora|full|vae|classifier`, from the same table "
      "as\n"
      "the reader and the template (`newbie train init KIND`). Defaults are those of `lora`; the "
      "others start\n"
      "from other learning rates, see their templates. Do not edit: a test writes this page\n"
      "(`NEWBIE_UPDATE=1`). How to use it: [training](../guide/training.md).\n";
  Recipe recipe = default_recipe(Kind::lora);
  recipe.describe(ReferenceSections{out});
  return out;
}

}  // namespace newbie::train
