/// Rules about what other programs and keyboards leave behind.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "prompt/decode_legacy.h"
#include "prompt/lint_rules.h"
#include "prompt/scan.h"
#include "prompt/system_prompt.h"

namespace newbie::prompt {

void check_system_prompts(LintContext& context) {
  const TextSpan prefix = context.prompt.system_span;
  const std::string_view source = context.parsed.source();
  if (!prefix.empty()) {
    const size_t first_end = source.find(kPromptStart) + kPromptStart.size();
    if (source.substr(first_end, prefix.end - first_end).find(kPromptStart) != source.npos) {
      const TextSpan extra{skip_space(source, first_end, prefix.end), prefix.end};
      context.report(extra, "a system prompt is already in the text; this is a second one")
          .related({0, first_end}, "the first")
          .safe_fix("remove the second one")
          .edit(extra, "");
    } else if (context.options.system_prompt_chosen) {
      context.report({0, first_end}, "a system prompt is in the text, and another one was chosen")
          .safe_fix("remove the one in the text")
          .edit(prefix, "");
    }
  }
  for (size_t at = source.find(kPromptStart, prefix.end); at != source.npos;
       at = source.find(kPromptStart, at + 1)) {
    const TextSpan span{at, at + kPromptStart.size()};
    context.report(span, "`<Prompt Start>` ends a system prompt; inside a prompt it is only text")
        .safe_fix("remove it")
        .edit(span, "");
  }
}

namespace {

// `[cite: 3]`, `[cite_start]`, `[citation needed]`, `【12†source】`, `[^1]`: the length at `at`, 0
// for none.
size_t citation_length(std::string_view text, size_t at) {
  constexpr size_t kLongest = 60;
  const std::string_view rest = text.substr(at, kLongest);
  if (rest.starts_with("【")) {
    const size_t close = rest.find("】");
    const bool source = close != rest.npos && rest.substr(0, close).find("†") != rest.npos;
    return source ? close + std::string_view("】").size() : 0;
  }
  if (!rest.starts_with("[cit") && !rest.starts_with("[^")) return 0;
  const size_t close = rest.find(']');
  return close == rest.npos || rest.substr(1, close).find('[') != rest.npos ? 0 : close + 1;
}

size_t run_of_asterisks(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == '*') ++at;
  return at;
}

void check_inline_residue(LintContext& context, TextSpan value) {
  const std::string_view text = context.text(value);
  for (size_t at = text.find_first_of("*[\xE3"); at != text.npos;
       at = text.find_first_of("*[\xE3", at)) {
    if (text.substr(at).starts_with("**")) {
      const size_t open_end = run_of_asterisks(text, at);
      const size_t close = text.find("**", open_end);
      const bool bold =
          close != text.npos && text.substr(open_end, close - open_end).find('\n') == text.npos;
      if (!bold) {
        at = open_end;
        continue;
      }
      const size_t close_end = run_of_asterisks(text, close);
      const TextSpan span{value.begin + at, value.begin + close_end};
      context.report(span, fmt::format("Markdown bold found: {}", quote(context.text(span))))
          .safe_fix("remove the asterisks")
          .edit({span.begin, value.begin + open_end}, "")
          .edit({value.begin + close, span.end}, "");
      at = close_end;
    } else if (const size_t length = citation_length(text, at)) {
      const TextSpan span{value.begin + at, value.begin + at + length};
      context.report(span, fmt::format("a citation mark was found: {}", quote(context.text(span))))
          .safe_fix("remove it")
          .edit(span, "");
      at += length;
    } else {
      ++at;
    }
  }
}

bool is_chat(std::string_view text) {
  constexpr std::array<std::string_view, 9> kOpenings{"here is",   "here's", "here are",
                                                      "sure,",     "sure!",  "certainly",
                                                      "of course", "i hope", "let me know"};
  const std::string head = to_lower(trim(text).substr(0, 16));
  return std::ranges::any_of(kOpenings,
                             [&](std::string_view opening) { return head.starts_with(opening); });
}

}  // namespace

void check_residue(LintContext& context) {
  for (const Node& node : context.tree.nodes) {
    if (node.kind != NodeKind::fence) continue;
    context.report(node.span, "a code fence was found around the prompt")
        .safe_fix("remove the fence")
        .edit(context.removal(node.span), "");
  }
  for (const Placed& placed : context.elements()) {
    const Element& element = *placed.element;
    if (element.items.empty()) continue;
    if (context.structured() && !placed.parent && element.name.empty() &&
        is_chat(context.text(element.span))) {
      const TextSpan span = trim(context.tree.text(), element.span);
      context.report(span, fmt::format("chat around the prompt: {}", quote(context.text(span))))
          .safe_fix("remove it")
          .edit(context.removal(span), "");
      continue;
    }
    check_inline_residue(context, element.value_span);
  }
}

namespace {

// The ASCII twin of full-width forms and of Chinese punctuation; 0 when there is none.
char ascii_of(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return static_cast<char>(c - 0xFF01 + 0x21);
  switch (c) {
    case 0x3000:
      return ' ';
    case 0x3001:
      return ',';
    default:
      return 0;
  }
}

struct Folding {
  std::string text;
  std::vector<std::string> found;  ///< different ones, at most three
  size_t first = 0;
};

Folding fold(std::string_view text, bool xml) {
  Folding out;
  for (size_t i = 0; i < text.size();) {
    const utf8::Decoded c = utf8::decode(text, i);
    const std::string_view bytes = text.substr(i, c.length);
    const char ascii = c.valid ? ascii_of(c.code_point) : '\0';
    if (ascii == 0) {
      out.text += bytes;
    } else {
      if (out.found.empty()) out.first = i;
      const bool fresh = std::ranges::find(out.found, bytes) == out.found.end();
      if (fresh && out.found.size() < 3) out.found.emplace_back(bytes);
      const bool markup = xml && (ascii == '<' || ascii == '>' || ascii == '&');
      out.text += !markup        ? std::string(1, ascii)
                  : ascii == '<' ? "&lt;"
                  : ascii == '>' ? "&gt;"
                                 : "&amp;";
    }
    i += c.length;
  }
  return out;
}

}  // namespace

void check_full_width(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    const Element& element = *placed.element;
    const bool tags = element.form() == ValueForm::tags || element.form() == ValueForm::single;
    if (!tags || element.items.empty() || !element.children.empty()) continue;
    const Folding folding = fold(context.text(element.value_span), context.structured());
    if (folding.found.empty()) continue;
    std::string list;
    for (const std::string& character : folding.found)
      list += (list.empty() ? "" : " and ") + quote(character);
    const size_t begin = element.value_span.begin + folding.first;
    context
        .report({begin, begin + folding.found[0].size()}, fmt::format("full-width {} found", list))
        .safe_fix("write them in ASCII")
        .edit(element.value_span, folding.text);
  }
}

void check_caption_underscores(LintContext& context) {
  for (const Placed& placed : context.elements()) {
    const Element& caption = *placed.element;
    if (caption.name != "caption") continue;
    std::string text(context.text(caption.value_span));
    size_t first = text.size();
    for (size_t begin = 0; begin < text.size();) {
      size_t end = begin;
      while (end < text.size() && !is_space(text[end])) ++end;
      const std::string_view word = std::string_view(text).substr(begin, end - begin);
      const bool face = is_emoticon(word);
      const bool placeholder = !find_placeholders(word).empty();
      for (size_t i = begin + 1; i + 1 < end && !face && !placeholder; ++i) {
        if (text[i] != '_') continue;
        first = std::min(first, begin);
        text[i] = ' ';
      }
      begin = skip_space(text, end, text.size());
    }
    if (first == text.size()) continue;
    const size_t begin = caption.value_span.begin + first;
    size_t end = begin;
    while (end < caption.value_span.end && !is_space(context.tree.text()[end])) ++end;
    context.report({begin, end}, "underscores in the caption; captions were written with blanks")
        .safe_fix("write blanks")
        .edit(caption.value_span, text);
  }
}

void check_controls(LintContext& context) {
  const SyntaxTree& tree = context.tree;
  for (NodeId id = 0; id < tree.nodes.size(); ++id) {
    const Node& node = tree.node(id);
    if (node.kind != NodeKind::control) continue;
    const bool in_list = tree.node(node.parent).kind == NodeKind::value;
    context
        .report(node.span, fmt::format("{} is a control of other programs and has no effect here",
                                       quote(context.text(node.span))))
        .unsafe_fix("remove it; give it as an option instead")
        .edit(in_list ? context.removal_from_list(id) : context.removal(node.span), "");
  }
}

namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !is_space(c)) || byte == 0x7F;
}

// The bytes above 127 around an invalid one: text in another encoding, most likely.
TextSpan foreign_run(std::string_view source, size_t at) {
  TextSpan run{at, at};
  while (run.begin > 0 && static_cast<signed char>(source[run.begin - 1]) < 0) --run.begin;
  while (run.end < source.size() && static_cast<signed char>(source[run.end]) < 0) ++run.end;
  return run;
}

size_t report_foreign(LintContext& context, size_t at) {
  const std::string_view source = context.parsed.source();
  const TextSpan run = foreign_run(source, at);
  const auto byte = static_cast<unsigned>(static_cast<unsigned char>(source[at]));
  Finding finding = context.report({at, at + 1}, fmt::format("byte 0x{:02x} at {} is not UTF-8",
                                                             byte, context.place({at, at + 1})));
  if (const auto chinese = decode_gbk(run.of(source))) {
    finding.unsafe_fix(fmt::format("read it as GBK: {}", quote(*chinese))).edit(run, *chinese);
  }
  const std::string western = decode_cp1252(run.of(source));
  finding.unsafe_fix(fmt::format("read it as CP1252: {}", quote(western))).edit(run, western);
  return run.end;
}

}  // namespace

void check_bytes(LintContext& context) {
  const std::string_view source = context.parsed.source();
  for (size_t at = 0; at < source.size();) {
    const utf8::Decoded c = utf8::decode(source, at);
    if (!c.valid) {
      at = report_foreign(context, at);
      continue;
    }
    if (is_control(source[at])) {
      context
          .report({at, at + 1},
                  fmt::format("control character 0x{:02x} at {}", static_cast<unsigned>(source[at]),
                              context.place({at, at + 1})))
          .safe_fix("remove it")
          .edit({at, at + 1}, "");
    }
    at += c.length;
  }
}

}  // namespace newbie::prompt
