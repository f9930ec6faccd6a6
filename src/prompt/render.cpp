#include "prompt/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/utf8.h"
#include "prompt/locator.h"
#include "prompt/rules.h"

namespace newbie::prompt {

namespace {

struct Palette {
  std::string_view severity, bold, dim, green, reset;
};

Palette palette(Severity severity, Colour colour) {
  if (colour == Colour::off) return {};
  const std::string_view mark = severity == Severity::error     ? "\x1b[1;31m"
                                : severity == Severity::warning ? "\x1b[1;33m"
                                                                : "\x1b[1;36m";
  return {mark, "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"};
}

/// A part of a line that fits a terminal, with a caret line under it.
struct Excerpt {
  std::string line;
  std::string carets;
};

// What a terminal can show: tabs as one blank, control characters and invalid bytes as U+FFFD.
std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const utf8::Decoded c = utf8::decode(text, i);
    const bool control = c.code_point < 0x20 || c.code_point == 0x7F;
    utf8::append(out, c.code_point == '\t' ? U' ' : control ? utf8::kReplacement : c.code_point);
    i += c.length;
  }
  return out;
}

// At least `begin` bytes from the start, at a character's border.
size_t border_before(std::string_view text, size_t offset) {
  while (offset > 0 && offset < text.size() &&
         (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) {
    --offset;
  }
  return offset;
}

Excerpt excerpt(const Locator& locator, std::string_view source, TextSpan span) {
  constexpr size_t kBefore = 60;
  constexpr size_t kAfter = 60;
  const size_t number = locator.locate(span.begin).line;
  const std::string_view line = locator.lines().line(number);
  const size_t start = std::min(span.begin - locator.lines().line_begin(number), line.size());
  const size_t length =
      std::min(source.substr(0, span.end).size() - span.begin, line.size() - start);
  const size_t from = start > kBefore ? border_before(line, start - kBefore) : 0;
  const size_t shown = std::min(length, kAfter);
  const size_t to = border_before(line, std::min(line.size(), start + shown + kAfter));
  const std::string head = (from > 0 ? "…" : "") + printable(line.substr(from, start - from));
  const std::string marked = printable(line.substr(start, shown));
  const std::string tail = printable(line.substr(start + shown, to - start - shown));
  const size_t carets = std::max<size_t>(1, utf8::display_width(marked));
  return {head + marked + tail + (to < line.size() ? "…" : ""),
          std::string(utf8::display_width(head), ' ') + "^" + std::string(carets - 1, '~')};
}

std::string render_one(const Diagnostic& diagnostic, std::string_view source,
                       const Locator& locator, std::string_view name, Colour colour) {
  const Palette p = palette(diagnostic.severity, colour);
  const LineColumn at = locator.locate(diagnostic.span.begin);
  std::string out = fmt::format("{}{}:{}:{}:{} {}{}[{}]{}: {}{}{}\n", p.bold, name, at.line,
                                at.column, p.reset, p.severity, to_string(diagnostic.severity),
                                diagnostic.rule, p.reset, p.bold, diagnostic.message, p.reset);
  const std::string number = std::to_string(at.line);
  const std::string margin(number.size(), ' ');
  const Excerpt shown = excerpt(locator, source, diagnostic.span);
  out += fmt::format("  {}{} |{} {}\n", p.dim, number, p.reset, shown.line);
  out +=
      fmt::format("  {}{} |{} {}{}{}\n", p.dim, margin, p.reset, p.severity, shown.carets, p.reset);
  for (const Related& related : diagnostic.related) {
    const LineColumn there = locator.locate(related.span.begin);
    out += fmt::format("  {}{} ={} {}:{}:{}: {}\n", p.dim, margin, p.reset, name, there.line,
                       there.column, related.message);
  }
  for (const Fix& fix : diagnostic.fixes) {
    out += fmt::format("  {}{} ={} {}fix{}{}: {}\n", p.dim, margin, p.reset, p.green, p.reset,
                       fix.safe ? "" : " (ask)", fix.description);
  }
  return out;
}

Json span_json(TextSpan span, const Locator& locator) {
  const LineColumn from = locator.locate(span.begin);
  const LineColumn to = locator.locate(span.end);
  return {{"line", from.line},       {"column", from.column}, {"end_line", to.line},
          {"end_column", to.column}, {"begin", span.begin},   {"end", span.end}};
}

Json diagnostic_json(const Diagnostic& diagnostic, const Locator& locator) {
  const Rule* rule = find_rule_by_id(diagnostic.rule);
  Json out{{"rule", diagnostic.rule},
           {"severity", to_string(diagnostic.severity)},
           {"title", rule ? rule->title : ""},
           {"message", diagnostic.message}};
  out.update(span_json(diagnostic.span, locator));
  out["related"] = Json::array();
  for (const Related& related : diagnostic.related) {
    Json entry{{"message", related.message}};
    entry.update(span_json(related.span, locator));
    out["related"].push_back(std::move(entry));
  }
  out["fixes"] = Json::array();
  for (const Fix& fix : diagnostic.fixes) {
    Json edits = Json::array();
    for (const TextEdit& edit : fix.edits) {
      edits.push_back(
          {{"begin", edit.span.begin}, {"end", edit.span.end}, {"replacement", edit.replacement}});
    }
    out["fixes"].push_back(
        {{"description", fix.description}, {"safe", fix.safe}, {"edits", std::move(edits)}});
  }
  return out;
}

}  // namespace

std::string render_terminal(const Diagnostic& diagnostic, std::string_view source,
                            std::string_view source_name, Colour colour) {
  return render_one(diagnostic, source, Locator(source), source_name, colour);
}

std::string render_terminal(const std::vector<Diagnostic>& diagnostics, std::string_view source,
                            std::string_view source_name, Colour colour) {
  const Locator locator(source);
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    out += render_one(diagnostic, source, locator, source_name, colour);
  }
  return out;
}

std::string render_json(const std::vector<Diagnostic>& diagnostics, std::string_view source) {
  const Locator locator(source);
  Json out = Json::array();
  for (const Diagnostic& diagnostic : diagnostics)
    out.push_back(diagnostic_json(diagnostic, locator));
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace newbie::prompt
