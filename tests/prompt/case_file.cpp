#include "case_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/text_span.h"
#include "prompt/lint_context.h"

namespace newbie::prompt::testing {

namespace {

// `\x93` and `\r`, so that the files stay readable.
std::string decode_bytes(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\\x") == 0 && i + 3 < text.size()) {
      int byte = 0;
      std::from_chars(text.data() + i + 2, text.data() + i + 4, byte, 16);
      out += static_cast<char>(byte);
      i += 3;
    } else if (text.compare(i, 2, "\\r") == 0) {
      out += '\r';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string join(const std::vector<std::string>& lines) {
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) out += (i > 0 ? "\n" : "") + lines[i];
  return out;
}

/// A few words, enough to tell whether a rule asks and understands.
struct FewTags : TagLookup {
  std::optional<TagHome> find(std::string_view tag) const override {
    static const std::map<std::string, TagHome, std::less<>> kHomes{
        {"blue_hair", {"hair_color", "character/appearance"}},
        {"school_uniform", {"clothing", "character/clothing"}},
        {"simple_background", {"background", "general_tags/background"}},
        {"smile", {"expression", "character/expression"}}};
    const auto found = kHomes.find(tag);
    return found == kHomes.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<TagClash> clashes(std::string_view tag) const override {
    if (tag == "close-up") return {{"full_body", "one shows a part, the other everything"}};
    if (tag == "full_body") return {{"close-up", "one shows a part, the other everything"}};
    if (tag == "solo") return {{"2girls", ""}};
    if (tag == "2girls") return {{"solo", ""}};
    return {};
  }
};

struct FewWords : ChineseLookup {
  Translation translate(std::string_view item) const override {
    if (item == "双马尾") return {"twintails", {}, true};
    if (item == "蓝发星海") return {"blue_hair, 星海", {{6, 12}}, true};
    return {std::string(item), {{0, item.size()}}, false};
  }
};

/// One token per blank-separated word, and one in front.
struct WordTokenizer : TokenizerView {
  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> out{{2, {0, 0}}};
    for (size_t at = 0; at < text.size();) {
      const size_t begin = text.find_first_not_of(" \n", at);
      if (begin == text.npos) break;
      const size_t end = std::min(text.find_first_of(" \n", begin), text.size());
      out.push_back({static_cast<int64_t>(out.size()), {begin, end}});
      at = end;
    }
    return out;
  }
};

size_t number(const std::string& text) { return std::stoul(text); }

}  // namespace

struct CaseContext::Tables {
  FewTags tags;
  FewWords words;
  WordTokenizer tokenizer;
  std::unique_ptr<Parsed> other;
};

CaseContext::CaseContext(const Case& one) : tables_(std::make_unique<Tables>()) {
  const std::map<std::string, InputKind> kinds{{"xml", InputKind::xml},
                                               {"tags", InputKind::tags},
                                               {"text", InputKind::text},
                                               {"json", InputKind::json}};
  for (const auto& [key, value] : one.options) {
    if (key == "kind") {
      parse.kind = kinds.at(value);
    } else if (key == "tag_table") {
      lint.tags = &tables_->tags;
    } else if (key == "chinese_table") {
      lint.chinese = &tables_->words;
      lint.zh_tags = value == "translate" ? ZhTags::translate
                     : value == "keep"    ? ZhTags::keep
                                          : ZhTags::warn;
    } else if (key == "negative" || key == "positive") {
      tables_->other = std::make_unique<Parsed>(newbie::prompt::parse(value));
      (key == "negative" ? lint.negative : lint.positive) = tables_->other.get();
      lint.is_negative = key == "positive";
    } else if (key == "is_negative") {
      lint.is_negative = true;
    } else if (key == "trigger") {
      const size_t bar = value.find('|');
      lint.triggers.push_back({value.substr(0, bar), value.substr(bar + 1), "style"});
    } else if (key == "image_size") {
      lint.image_size = {1024, static_cast<int>(number(value))};
    } else if (key == "trained_tokens") {
      lint.gemma_tokenizer = &tables_->tokenizer;
      lint.trained_tokens = number(value);
    } else if (key == "position_limit") {
      lint.gemma_tokenizer = &tables_->tokenizer;
      lint.position_limit = number(value);
    } else if (key == "system_prompt_chosen") {
      lint.system_prompt_chosen = true;
    } else if (key == "limit_bytes") {
      lint.limits.bytes = parse.limits.bytes = number(value);
    } else if (key == "limit_depth") {
      lint.limits.depth = parse.limits.depth = number(value);
    } else if (key == "limit_elements") {
      lint.limits.elements = parse.limits.elements = number(value);
    } else {
      throw std::runtime_error("unknown option in a case file: " + key);
    }
  }
}

CaseContext::~CaseContext() = default;

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Case> cases;
  enum { prompt, findings, fixed } part = prompt;
  std::vector<std::string> prompt_lines, fixed_lines;
  const auto finish = [&] {
    if (cases.empty()) return;
    // A blank line ends a part and is not in it.
    while (!prompt_lines.empty() && prompt_lines.back().empty()) prompt_lines.pop_back();
    while (!fixed_lines.empty() && fixed_lines.back().empty()) fixed_lines.pop_back();
    cases.back().prompt = decode_bytes(join(prompt_lines));
    cases.back().fixed = decode_bytes(join(fixed_lines));
    prompt_lines.clear();
    fixed_lines.clear();
  };
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#") && cases.empty()) continue;
    if (line.starts_with("=== ")) {
      finish();
      Case one;
      one.fires = line.starts_with("=== fires: ");
      one.title = line.substr(line.find(": ") + 2);
      cases.push_back(std::move(one));
      part = prompt;
    } else if (cases.empty()) {
      continue;
    } else if (line.starts_with("--- with ")) {
      const size_t colon = line.find(": ");
      const std::string value = colon == line.npos ? "" : line.substr(colon + 2);
      cases.back().options[line.substr(9, colon == line.npos ? line.npos : colon - 9)] = value;
    } else if (line == "--- findings") {
      part = findings;
    } else if (line == "--- fixed") {
      part = fixed;
      cases.back().has_fixed = true;
    } else if (part == findings) {
      if (!line.empty()) cases.back().findings.push_back(line);
    } else {
      (part == prompt ? prompt_lines : fixed_lines).push_back(line);
    }
  }
  finish();
  return cases;
}

std::string describe(const Diagnostic& diagnostic, std::string_view source) {
  const LineMap lines(source);
  const LineColumn at = lines.locate(diagnostic.span.begin);
  return fmt::format("{}:{} {} {}", at.line, at.column, quote(diagnostic.span.of(source)),
                     diagnostic.message);
}

}  // namespace newbie::prompt::testing
