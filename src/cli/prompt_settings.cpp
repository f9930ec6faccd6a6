#include "cli/prompt_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "cli/options.h"
#include "cli/prompt_source.h"
#include "prompt/chinese.h"
#include "prompt/rules.h"
#include "prompt/tag_table.h"

namespace newbie::cli {
namespace {

prompt::ZhTags zh_tags_from(const std::string& name) {
  if (name == "translate") return prompt::ZhTags::translate;
  return name == "keep" ? prompt::ZhTags::keep : prompt::ZhTags::warn;
}

/// `1024x768`
std::optional<std::array<int, 2>> read_size(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::array<int, 2> size{};
  const char* end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size[0]);
  if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, size[1]);
    if (height.ec == std::errc() && height.ptr == end && size[0] > 0 && size[1] > 0) return size;
  }
  throw Error("request.usage", fmt::format("`{}` is no size", text)).hint("write it like 1024x768");
}

}  // namespace

void ParseSettings::add_to(CLI::App& command) {
  add_choice(command, "--input-kind", kind, {"auto", "xml", "tags", "text", "json"},
             "read the prompt as this kind instead of telling from its text");
}

prompt::ParseOptions ParseSettings::options() const {
  prompt::ParseOptions options;
  if (kind == "xml") options.kind = prompt::InputKind::xml;
  if (kind == "tags") options.kind = prompt::InputKind::tags;
  if (kind == "text") options.kind = prompt::InputKind::text;
  if (kind == "json") options.kind = prompt::InputKind::json;
  return options;
}

void add_model_option(CLI::App& command, std::string& folder, const std::string& purpose) {
  command.add_option("--model", folder, purpose)->type_name("DIR");
}

void LintSettings::add_to(CLI::App& command) {
  parse.add_to(command);
  command.add_option("--negative", negative_file, "the negative prompt, to compare with")
      ->type_name("FILE");
  command.add_option("--negative-text", negative_text, "the same, given here")->type_name("PROMPT");
  command.add_flag("--is-negative", is_negative, "these are negative prompts themselves");
  command.add_option("--size", size, "the picture's size, for words like 4k_resolution")
      ->type_name("WxH");
  add_choice(command, "--zh-tags", zh_tags, {"translate", "warn", "keep"},
             "Chinese words that the table knows: translate them when fixing, note them, or say "
             "nothing");
  command.add_option("--disable", disabled, "rules that stay silent: X013,X029")
      ->type_name("RULE,...")
      ->delimiter(',')
      ->expected(1)
      ->take_all();
  add_model_option(command, model, "a model folder: its tokenizers count for X025 and X026");
}

LintContext::LintContext(const LintSettings& settings) : parse_(settings.parse.options()) {
  if (!settings.negative_file.empty() && !settings.negative_text.empty()) {
    throw Error("request.usage", "the negative prompt is given twice")
        .hint("use --negative or --negative-text");
  }
  if (!settings.negative_file.empty()) {
    negative_ = prompt::parse(read_prompt_file(settings.negative_file).text);
  } else if (!settings.negative_text.empty()) {
    negative_ = prompt::parse(settings.negative_text);
  }
  if (!settings.model.empty()) tokenizers_ = load_tokenizers(settings.model);
  lint_.negative = negative_ ? &*negative_ : nullptr;
  lint_.image_size = read_size(settings.size);
  lint_.gemma_tokenizer = tokenizers_.gemma.get();
  lint_.is_negative = settings.is_negative;
  lint_.tags = &prompt::tag_table();
  lint_.chinese = &prompt::chinese_table();
  lint_.zh_tags = zh_tags_from(settings.zh_tags);
  lint_.limits = parse_.limits;
  lint_.disabled = rule_ids(settings.disabled);
}

void FailOn::add_to(CLI::App& command, const std::string& initial) {
  level = initial;
  add_choice(command, "--fail-on", level, {"error", "warning", "info", "never"},
             "exit with 1 when there is a finding of this severity or above");
}

bool FailOn::reached(const std::vector<prompt::Diagnostic>& diagnostics) const {
  if (level == "never") return false;
  const prompt::Severity least = level == "error"     ? prompt::Severity::error
                                 : level == "warning" ? prompt::Severity::warning
                                                      : prompt::Severity::info;
  return std::ranges::any_of(diagnostics, [&](const auto& d) { return d.severity >= least; });
}

std::vector<std::string> rule_ids(const std::vector<std::string>& given) {
  std::vector<std::string> ids;
  for (const std::string& id : given) {
    const prompt::Rule* rule = prompt::find_rule_by_id(id);
    if (!rule) {
      std::vector<std::string_view> known;
      for (const prompt::Rule& each : prompt::rules()) known.push_back(each.id);
      Error error("prompt.unknown_rule", fmt::format("there is no rule `{}`", id));
      const std::string near = did_you_mean(id, known);
      throw error.hint(near.empty() ? "rules are X001 to X042: see `newbie prompt rules`"
                                    : fmt::format("did you mean {}?", near));
    }
    ids.emplace_back(rule->id);
  }
  return ids;
}

}  // namespace newbie::cli
