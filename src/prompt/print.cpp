#include "prompt/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "prompt/print_json.h"
#include "prompt/spell.h"

namespace newbie::prompt {

namespace {

constexpr std::array<std::string_view, 7> kLayoutNames{"canonical", "readme", "builder", "oneline",
                                                       "img",       "json",   "raw"};

/// What the XML layouts differ in.
struct Style {
  std::string_view root = "";  ///< "" for none
  size_t indent = 0;           ///< blanks per level
  std::string_view lead = "";  ///< in front of every line
  std::string_view line_end = "\n";
  std::string_view block_end = "\n";  ///< between blocks, after line_end
  bool caption_first = false;
  bool entities = false;  ///< `&amp;`, `&lt;`, `&gt;` also in compiled text
};

Style style_of(Layout layout) {
  switch (layout) {
    case Layout::readme:
      return {.lead = "  "};
    case Layout::builder:
      return {
          .root = "image", .indent = 2, .block_end = "", .caption_first = true, .entities = true};
    case Layout::oneline:
      return {.line_end = "", .block_end = " "};
    case Layout::img:
      return {.root = "img", .indent = 1};
    default:
      return {};
  }
}

class Printer {
 public:
  Printer(const Style& style, Notation notation) : style_(style), notation_(notation) {}

  Printed print_markup(const std::vector<Element>& elements) {
    std::vector<size_t> order(elements.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (style_.caption_first) {
      std::ranges::stable_partition(order, [&](size_t i) { return elements[i].name == "caption"; });
    }
    const size_t level = style_.root.empty() ? 0 : 1;
    if (level > 0) put_line(0, fmt::format("<{}>", style_.root));
    for (size_t i : order) {
      if (i != order.front()) out_.text += style_.block_end;
      path_ = {i};
      print_element(elements[i], level);
    }
    if (level > 0) put_line(0, fmt::format("</{}>", style_.root));
    const size_t end = style_.line_end.size();
    if (out_.text.ends_with(style_.line_end)) out_.text.resize(out_.text.size() - end);
    return std::move(out_);
  }

  Printed print_plain(const std::vector<Element>& elements, bool prose) {
    for (size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_.text += prose ? "\n" : ", ";
      path_ = {i};
      const size_t span = open_span(PrintedSpan::Kind::element);
      print_items(elements[i], prose ? Spot::plain_prose : Spot::plain_tags);
      close_span(span);
    }
    return std::move(out_);
  }

 private:
  void begin_line(size_t level) {
    out_.text += style_.lead;
    out_.text.append(level * style_.indent, ' ');
  }
  void put_line(size_t level, std::string_view text) {
    begin_line(level);
    out_.text += text;
    out_.text += style_.line_end;
  }

  size_t open_span(PrintedSpan::Kind kind, size_t item = 0) {
    out_.spans.push_back({kind, path_, item, {out_.text.size(), 0}, {}});
    return out_.spans.size() - 1;
  }
  void close_span(size_t index) {
    PrintedSpan& span = out_.spans[index];
    span.span.end = out_.text.size();
    if (span.value.empty()) span.value = span.span;
  }

  void print_element(const Element& element, size_t level) {
    begin_line(level);
    const bool character = element.character() > 0;
    const size_t span =
        open_span(character ? PrintedSpan::Kind::character : PrintedSpan::Kind::element);
    if (!element.name.empty()) out_.text += open_tag(element);
    const size_t value_begin = out_.text.size();
    if (!element.items.empty()) print_items(element, spot_of(element, level));
    const bool is_block = !element.children.empty() || element.form() == ValueForm::elements;
    if (is_block && !element.name.empty()) {
      out_.text += style_.line_end;
      print_children(element, level);
      begin_line(level);
    }
    out_.spans[span].value = {value_begin, out_.text.size()};
    if (!element.name.empty()) out_.text += fmt::format("</{}>", element.name);
    close_span(span);
    out_.text += style_.line_end;
  }

  void print_children(const Element& element, size_t level) {
    for (size_t i = 0; i < element.children.size(); ++i) {
      path_.push_back(i);
      print_element(element.children[i], level + 1);
      path_.pop_back();
    }
  }

  Spot spot_of(const Element& element, size_t level) const {
    if (element.form() != ValueForm::prose) return Spot::xml_tags;
    const bool loose = element.name.empty() && level <= 1;
    return loose ? Spot::xml_loose : Spot::xml_prose;
  }

  void print_items(const Element& element, Spot spot) {
    for (size_t i = 0; i < element.items.size(); ++i) {
      if (i > 0) out_.text += ", ";
      const size_t span = open_span(PrintedSpan::Kind::item, i);
      put_item(element.items[i], spot);
      close_span(span);
    }
  }

  void put_item(const Item& item, Spot spot) {
    if (notation_ == Notation::source) {
      out_.text += spell_item(item, spot);
      return;
    }
    size_t at = 0;
    for (size_t i = 0; i < item.ranges.size(); ++i) {
      const TextSpan range = item.ranges[i].range;
      put_text(std::string_view(item.text).substr(at, range.begin - at));
      const size_t span = open_span(PrintedSpan::Kind::range, i);
      put_text(range.of(item.text));
      close_span(span);
      at = range.end;
    }
    put_text(std::string_view(item.text).substr(at));
  }

  void put_text(std::string_view text) {
    if (!style_.entities) {
      out_.text += text;
    } else {
      for (char c : text) put_escaped(c);
    }
  }

  void put_escaped(char c) {
    if (c == '&') {
      out_.text += "&amp;";
    } else if (c == '<') {
      out_.text += "&lt;";
    } else if (c == '>') {
      out_.text += "&gt;";
    } else {
      out_.text += c;
    }
  }

  std::string open_tag(const Element& element) const {
    std::string tag = "<" + element.name;
    if (notation_ == Notation::source) {
      if (element.weight != 1) tag += fmt::format(" weight=\"{}\"", spell_weight(element.weight));
      if (element.box) {
        const Box& box = *element.box;
        tag += fmt::format(" bbox=\"{},{},{},{}\"", box.x1, box.y1, box.x2, box.y2);
      }
      for (const Attribute& attribute : element.attributes) {
        tag += fmt::format(" {}=\"{}\"", attribute.name, spell_attribute(attribute.value));
      }
    }
    return tag + ">";
  }

  Style style_;
  Notation notation_;
  Printed out_;
  std::vector<size_t> path_;
};

}  // namespace

std::string_view to_string(Layout layout) { return kLayoutNames[static_cast<size_t>(layout)]; }

std::optional<Layout> layout_from_string(std::string_view name) {
  const auto found = std::ranges::find(kLayoutNames, name);
  if (found == kLayoutNames.end()) return std::nullopt;
  return static_cast<Layout>(found - kLayoutNames.begin());
}

Printed print_with_spans(const Prompt& prompt, Layout layout, Notation notation) {
  const bool prose = prompt.kind == InputKind::text;
  if (prose || prompt.kind == InputKind::tags) {
    return Printer({}, notation).print_plain(prompt.elements, prose);
  }
  if (layout == Layout::json) return print_json(prompt, notation);
  return Printer(style_of(layout), notation).print_markup(prompt.elements);
}

std::string print(const Prompt& prompt, Layout layout, Notation notation) {
  return print_with_spans(prompt, layout, notation).text;
}

}  // namespace newbie::prompt
