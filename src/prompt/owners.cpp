#include "prompt/owners.h"

#include <algorithm>

namespace newbie::prompt {

namespace {

double clamp_weight(double weight) { return std::clamp(weight, 0.0, 2.0); }

std::string item_path(const std::string& path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string child_path(const std::string& above, const std::string& name) {
  return above.empty() || name.empty() ? above + name : above + "." + name;
}

/// Follows printed spans back into the prompt.
class SpanOwners {
 public:
  SpanOwners(const Parsed& parsed, const Prompt& canonical, CompiledText& out)
      : parsed_(parsed), canonical_(canonical), out_(out) {}

  void add(const Printed& printed) {
    painted_.assign(printed.text.size(), 1.0);
    for (const PrintedSpan& span : printed.spans) add_span(span);
    collect_weights();
  }

 private:
  struct Chain {
    const Element* element = nullptr;
    std::string path;
    int character = 0;
    double weight = 1;
  };

  Chain follow(const std::vector<size_t>& path) const {
    Chain chain;
    const std::vector<Element>* level = &canonical_.elements;
    for (size_t index : path) {
      chain.element = &(*level)[index];
      level = &chain.element->children;
      chain.weight *= chain.element->weight;
      chain.character = std::max(chain.character, chain.element->character());
      chain.path = child_path(chain.path, chain.element->name);
    }
    return chain;
  }

  TextSpan source_of(TextSpan span) const {
    return span.empty() ? TextSpan{} : parsed_.tree.source_span(span);
  }

  void add_span(const PrintedSpan& printed) {
    const Chain chain = follow(printed.path);
    if (printed.kind == PrintedSpan::Kind::range) return paint_range(printed);
    const bool is_item = printed.kind == PrintedSpan::Kind::item;
    OwnedSpan owned{OwnedSpan::Kind::element,  chain.path,   chain.character,
                    chain.element->name,       printed.span, source_of(chain.element->span),
                    clamp_weight(chain.weight)};
    if (printed.kind == PrintedSpan::Kind::character) owned.kind = OwnedSpan::Kind::character;
    if (is_item) {
      item_ = &chain.element->items[printed.item];
      item_weight_ = chain.weight * item_->weight;
      owned.kind = OwnedSpan::Kind::item;
      owned.path = item_path(chain.path, printed.item);
      owned.source = source_of(item_->span);
      owned.weight = clamp_weight(item_weight_);
    }
    // Commas between the items of a weighted element weigh as the element does.
    if (is_item || !chain.element->items.empty()) paint(printed.value, owned.weight);
    out_.spans.push_back(std::move(owned));
  }

  void paint_range(const PrintedSpan& printed) {
    paint(printed.span, clamp_weight(item_weight_ * item_->ranges[printed.item].weight));
  }

  void paint(TextSpan span, double weight) {
    std::fill(painted_.begin() + static_cast<std::ptrdiff_t>(span.begin),
              painted_.begin() + static_cast<std::ptrdiff_t>(span.end), weight);
  }

  void collect_weights() {
    for (size_t begin = 0; begin < painted_.size();) {
      size_t end = begin + 1;
      while (end < painted_.size() && painted_[end] == painted_[begin]) ++end;
      if (painted_[begin] != 1.0) out_.weights.push_back({{begin, end}, painted_[begin]});
      begin = end;
    }
  }

  const Parsed& parsed_;
  const Prompt& canonical_;
  CompiledText& out_;
  std::vector<double> painted_;  ///< per byte
  const Item* item_ = nullptr;   ///< the last one seen; its ranges follow it
  double item_weight_ = 1;
};

class RawOwners {
 public:
  RawOwners(const Parsed& parsed, CompiledText& out) : parsed_(parsed), out_(out) {}

  void add(const Element& element, const std::string& above, int character) {
    const int number = std::max(character, element.character());
    const std::string path = child_path(above, element.name);
    const bool is_character = element.character() > 0;
    add(is_character ? OwnedSpan::Kind::character : OwnedSpan::Kind::element, path, number,
        element.name, element.span);
    for (size_t i = 0; i < element.items.size(); ++i) {
      add(OwnedSpan::Kind::item, item_path(path, i), number, element.name, element.items[i].span);
    }
    for (const Element& child : element.children) add(child, path, number);
  }

 private:
  void add(OwnedSpan::Kind kind, const std::string& path, int character, const std::string& name,
           TextSpan span) {
    const size_t caption = parsed_.prompt.system_span.end;
    const TextSpan source = parsed_.tree.source_span(span);
    if (source.empty() || source.begin < caption) return;
    out_.spans.push_back(
        {kind, path, character, name, {source.begin - caption, source.end - caption}, source, 1});
  }

  const Parsed& parsed_;
  CompiledText& out_;
};

}  // namespace

void add_spans(const Parsed& parsed, const Prompt& canonical, const Printed& printed,
               CompiledText& out) {
  SpanOwners(parsed, canonical, out).add(printed);
}

void add_raw_spans(const Parsed& parsed, CompiledText& out) {
  RawOwners owners(parsed, out);
  for (const Element& element : parsed.prompt.elements) owners.add(element, "", 0);
}

void add_regions(const Prompt& canonical, CompiledText& out) {
  for (const Element* character : canonical.characters()) {
    Region region{character->character(), "", character->box};
    if (const Element* position = character->child("position")) {
      for (const Item& item : position->items) {
        region.position += (region.position.empty() ? "" : ", ") + item.text;
      }
    }
    out.regions.push_back(std::move(region));
  }
}

}  // namespace newbie::prompt
