#include "train/recipe/read.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <type_traits>

#include "base/error.h"
#include "base/file.h"

namespace newbie::train {
namespace {

constexpr uint64_t kMaxRecipeBytes = 4 << 20;

/// Where a text comes from: a file with lines, or one setting of the command line.
struct Source {
  std::string name;
  bool has_lines = true;

  std::string place(const toml::source_region& region) const {
    return has_lines ? fmt::format("{}, line {}", name, region.begin.line) : name;
  }
};

/// What a TOML value is, for messages.
std::string kind_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return fmt::format("the text \"{:.60}\"", node.as_string()->get());
    case toml::node_type::integer:
      return fmt::to_string(node.as_integer()->get());
    case toml::node_type::floating_point:
      return fmt::format("{}", node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

/// Reads one table into one section and names what does not fit.
class SectionReader {
 public:
  SectionReader(const Source& source, std::string section, const toml::table& table)
      : source_(source), section_(std::move(section)), table_(table) {}

  template <class T>
  void operator()(T& value, const FieldInfo& info) {
    known_.emplace_back(info.name);
    if (const toml::node* node = table_.get(info.name)) read(*node, value, info);
  }

  /// After all keys: whether the table holds others.
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      const std::string meant =
          did_you_mean(key.str(), std::vector<std::string_view>(known_.begin(), known_.end()));
      throw Error("recipe.unknown_key", fmt::format("[{}] has no key \"{}\"", section_, key.str()))
          .hint(meant.empty() ? fmt::format("its keys are {}", fmt::join(known_, ", "))
                              : fmt::format("did you mean \"{}\"?", meant))
          .where(source_.place(key.source()));
    }
  }

 private:
  Error wrong(const char* code, const toml::node& node, const FieldInfo& info,
              std::string_view expected) const {
    return Error(code, fmt::format("{}.{} is {}, expected {}", section_, info.name, kind_text(node),
                                   expected))
        .fact("key", section_ + "." + info.name)
        .where(source_.place(node.source()));
  }

  void require_range(double value, const toml::node& node, const FieldInfo& info) const {
    if (value >= info.least && value <= info.most) return;
    throw wrong("recipe.range", node, info, fmt::format("{:g} to {:g}", info.least, info.most));
  }

  void read(const toml::node& node, std::string& value, const FieldInfo& info) const {
    if (!node.is_string()) throw wrong("recipe.value", node, info, "a text in quotes");
    value = node.as_string()->get();
    const auto& choices = info.choices;
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
      return;
    }
    const std::string meant =
        did_you_mean(value, std::vector<std::string_view>(choices.begin(), choices.end()));
    throw wrong("recipe.value", node, info, fmt::format("{}", fmt::join(choices, ", ")))
        .hint(meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant));
  }
  void read(const toml::node& node, bool& value, const FieldInfo& info) const {
    if (!node.is_boolean()) throw wrong("recipe.value", node, info, "true or false");
    value = node.as_boolean()->get();
  }
  void read(const toml::node& node, int64_t& value, const FieldInfo& info) const {
    if (!node.is_integer()) throw wrong("recipe.value", node, info, "a whole number");
    value = node.as_integer()->get();
    require_range(static_cast<double>(value), node, info);
  }
  void read(const toml::node& node, double& value, const FieldInfo& info) const {
    if (!node.is_number()) throw wrong("recipe.value", node, info, "a number");
    value = *node.value<double>();
    require_range(value, node, info);
  }
  void read(const toml::node& node, std::vector<std::string>& value, const FieldInfo& info) const {
    const toml::array* list = node.as_array();
    if (list == nullptr || !(list->empty() || list->is_homogeneous<std::string>())) {
      throw wrong("recipe.value", node, info, "a list of texts");
    }
    value.clear();
    for (const toml::node& element : *list) value.push_back(element.as_string()->get());
  }

  const Source& source_;
  std::string section_;
  const toml::table& table_;
  std::vector<std::string> known_;
};

/// Reads a document into a recipe, section by section.
class DocumentReader {
 public:
  DocumentReader(const Source& source, const toml::table& document, Kind kind)
      : source_(source), document_(document), kind_(kind) {}

  template <class Section>
  void operator()(const SectionInfo& info, Section& section) {
    known_.emplace_back(info.name);
    const toml::node* node = document_.get(info.name);
    if (node == nullptr) return;
    if (!concerns(info.kinds, kind_)) {
      throw Error("recipe.contradiction",
                  fmt::format("[{}] means nothing to `newbie train {}`", info.name, name_of(kind_)))
          .where(source_.place(node->source()));
    }
    if constexpr (std::is_same_v<Section, std::vector<DataSection>>) {
      read_list(info, *node, section);
    } else {
      if (!node->is_table()) throw wrong_form(info, *node, fmt::format("a table: [{}]", info.name));
      read_section(info.name, *node->as_table(), section);
    }
  }

  void finish() const {
    for (const auto& [key, node] : document_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      const std::string meant =
          did_you_mean(key.str(), std::vector<std::string_view>(known_.begin(), known_.end()));
      throw Error("recipe.unknown_key", fmt::format("a recipe has no section \"{}\"", key.str()))
          .hint(meant.empty() ? fmt::format("its sections are {}", fmt::join(known_, ", "))
                              : fmt::format("did you mean [{}]?", meant))
          .where(source_.place(key.source()));
    }
  }

 private:
  template <class Section>
  void read_section(const std::string& name, const toml::table& table, Section& section) const {
    SectionReader reader(source_, name, table);
    section.describe(reader);
    reader.finish();
  }

  /// A plain table sets keys of the only source: [data], or --set data.path=...
  void read_list(const SectionInfo& info, const toml::node& node,
                 std::vector<DataSection>& sources) const {
    if (const toml::table* table = node.as_table(); table != nullptr && sources.size() <= 1) {
      if (sources.empty()) sources.emplace_back();
      return read_section(info.name, *table, sources.front());
    }
    const toml::array* list = node.as_array();
    if (list == nullptr || !list->is_homogeneous<toml::table>()) {
      throw wrong_form(info, node, fmt::format("a list of tables: [[{}]]", info.name));
    }
    sources.clear();
    for (const toml::node& element : *list) {
      read_section(info.name, *element.as_table(), sources.emplace_back());
    }
  }

  Error wrong_form(const SectionInfo& info, const toml::node& node, std::string expected) const {
    return Error("recipe.value",
                 fmt::format("{} is {}, expected {}", info.name, kind_text(node), expected))
        .where(source_.place(node.source()));
  }

  const Source& source_;
  const toml::table& document_;
  Kind kind_;
  std::vector<std::string> known_;
};

toml::table parse(std::string_view text, const Source& source) {
  try {
    return toml::parse(text, source.name);
  } catch (const toml::parse_error& error) {
    throw Error("recipe.syntax", std::string(error.description()))
        .where(source.place(error.source()))
        .hint("recipes are TOML: [section], then key = value; texts stand in quotes");
  }
}

void read_into(Recipe& recipe, const toml::table& document, const Source& source) {
  DocumentReader reader(source, document, recipe.kind);
  recipe.describe(reader);
  reader.finish();
}

/// "optimizer.learning_rate=1e-4" as a document. A value that is no TOML is taken as a text.
void apply_setting(Recipe& recipe, const std::string& setting) {
  const size_t equals = setting.find('=');
  const Source source{"--set " + setting, false};
  if (equals == std::string::npos || setting.find('.') > equals) {
    throw Error("recipe.syntax", fmt::format("\"{}\" is no section.key=value", setting))
        .hint("for example --set run.steps=200");
  }
  const std::string key = setting.substr(0, equals), value = setting.substr(equals + 1);
  toml::table document;
  try {
    document = toml::parse(key + " = " + value, source.name);
  } catch (const toml::parse_error&) {
    document = parse(fmt::format("{} = '''{}'''", key, value), source);
  }
  read_into(recipe, document, source);
}

/// Relative paths of a file start from its folder.
void start_paths_from(Recipe& recipe, const std::filesystem::path& folder) {
  const auto below = [&](std::string& name) {
    if (name.empty() || std::filesystem::path(name).is_absolute()) return;
    name = (folder / name).lexically_normal().string();
  };
  below(recipe.run.out);
  below(recipe.model.path);
  below(recipe.model.vae);
  below(recipe.pictures.cache_folder);
  for (DataSection& source : recipe.data) below(source.path);
}

/// Sample prompts that name files become what stands in them.
void read_prompts(Recipe& recipe, const std::filesystem::path& folder) {
  for (std::string& prompt : recipe.samples.prompts) {
    const bool named = prompt.ends_with(".xml") || prompt.ends_with(".txt");
    if (!named) continue;
    prompt =
        with_where("samples.prompts", [&] { return read_file(folder / prompt, kMaxRecipeBytes); });
  }
}

void finish(Recipe& recipe, const std::string& name, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) apply_setting(recipe, setting);
  with_where(name, [&] { validate(recipe); });
}

}  // namespace

Recipe read_recipe(std::string_view text, const std::string& name, Kind kind,
                   const std::vector<std::string>& settings) {
  Recipe recipe = default_recipe(kind);
  const Source source{name};
  read_into(recipe, parse(text, source), source);
  finish(recipe, name, settings);
  return recipe;
}

Recipe open_recipe(const std::filesystem::path& path, Kind kind,
                   const std::vector<std::string>& settings) {
  const std::string name = path.filename().string();
  Recipe recipe = default_recipe(kind);
  const Source source{name};
  read_into(recipe, parse(read_file(path, kMaxRecipeBytes), source), source);
  start_paths_from(recipe, path.parent_path());
  with_where(name, [&] { read_prompts(recipe, path.parent_path()); });
  finish(recipe, name, settings);
  read_prompts(recipe, {});  // those of settings
  return recipe;
}

}  // namespace newbie::train
