#include "prompt/print_json.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace newbie::prompt {

namespace {

constexpr Box kWholePicture{0, 0, 1000, 1000};

/// Appends `text` as the inside of a JSON string; returns the offset in `out` of each byte and of
/// the end.
std::vector<size_t> put_string(std::string& out, std::string_view text) {
  std::vector<size_t> offsets;
  offsets.reserve(text.size() + 1);
  for (char c : text) {
    offsets.push_back(out.size());
    append_string_byte(out, c);
  }
  offsets.push_back(out.size());
  return offsets;
}

class JsonPrinter {
 public:
  JsonPrinter(const Prompt& prompt, Notation notation) : prompt_(prompt), notation_(notation) {}

  Printed print() {
    out_.text = "{\n";
    for (const Element* character : prompt_.characters()) put_character(*character);
    out_.text += "  \"image\": {\n    \"tags\": \"";
    const Element* caption = prompt_.find("caption");
    if (caption && !is_plain(*caption)) caption = nullptr;
    put_part([&](const Element& element) { return &element != caption; });
    out_.text += "\"";
    if (caption) {
      out_.text += ",\n    \"caption\": \"";
      put_caption(*caption);
      out_.text += "\"";
    }
    out_.text += "\n  }\n}";
    return std::move(out_);
  }

 private:
  void put_character(const Element& character) {
    const Box box = character.box.value_or(kWholePicture);
    out_.text += fmt::format("  \"{}\": {{\n    \"bbox\": [{}, {}, {}, {}]", character.name, box.x1,
                             box.y1, box.x2, box.y2);
    if (const Element* n = character.child("n"); n && !n->items.empty()) {
      out_.text += ",\n    \"name\": \"";
      std::string name;
      for (const Item& item : n->items) name += (name.empty() ? "" : ", ") + item.text;
      put_string(out_.text, name);
      out_.text += "\"";
    }
    out_.text += "\n  },\n";
  }

  // A part of the prompt, printed on its own and put into a string literal with its spans.
  template <class Keep>
  void put_part(Keep&& keep) {
    Prompt part;
    std::vector<size_t> original;
    for (size_t i = 0; i < prompt_.elements.size(); ++i) {
      if (!keep(prompt_.elements[i])) continue;
      part.elements.push_back(prompt_.elements[i]);
      // The box is in the character's record.
      part.elements.back().box.reset();
      original.push_back(i);
    }
    put_printed(print_with_spans(part, Layout::canonical, notation_), original);
  }

  // A caption that needs entities or attributes stays in the XML.
  static bool is_plain(const Element& caption) {
    return caption.items.size() == 1 && caption.attributes.empty() && caption.children.empty() &&
           caption.items[0].text.find_first_of("<\\") == std::string::npos;
  }

  // A caption is a plain string: without its tags, its weights in plain notation.
  void put_caption(const Element& caption) {
    Prompt part;
    part.kind = InputKind::text;
    part.elements = {caption};
    part.elements[0].items[0].weight *= caption.weight;
    part.elements[0].rule = nullptr;
    part.elements[0].loose_form = ValueForm::prose;
    const auto index = static_cast<size_t>(&caption - prompt_.elements.data());
    put_printed(print_with_spans(part, Layout::canonical, notation_), {index});
  }

  void put_printed(Printed printed, const std::vector<size_t>& original) {
    const std::vector<size_t> offsets = put_string(out_.text, printed.text);
    for (PrintedSpan& span : printed.spans) {
      span.path[0] = original[span.path[0]];
      span.span = {offsets[span.span.begin], offsets[span.span.end]};
      span.value = {offsets[span.value.begin], offsets[span.value.end]};
      out_.spans.push_back(std::move(span));
    }
  }

  const Prompt& prompt_;
  Notation notation_;
  Printed out_;
};

}  // namespace

Printed print_json(const Prompt& prompt, Notation notation) {
  return JsonPrinter(prompt, notation).print();
}

}  // namespace newbie::prompt
