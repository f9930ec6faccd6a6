#include "prompt/semantic_diff.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "prompt/canonical.h"
#include "prompt/tag_table.h"

namespace newbie::prompt {
namespace {

using Kind = PromptChange::Kind;

std::string number(double value) { return fmt::format("{:g}", value); }

/// Prose in sentences: a change of one sentence should not repeat the others.
std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> all;
  const auto trim_into = [&](std::string_view sentence) {
    const size_t first = sentence.find_first_not_of(" \n\t");
    if (first != sentence.npos) all.emplace_back(sentence.substr(first));
  };
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    size_t end = 0;
    if (rest.size() > 1 && (rest[0] == '.' || rest[0] == '!' || rest[0] == '?') && rest[1] == ' ') {
      end = at + 1;
    }
    for (std::string_view mark : {"。", "！", "？"}) {
      if (rest.starts_with(mark)) end = at + mark.size();
    }
    if (end == 0) continue;
    trim_into(text.substr(begin, end - begin));
    begin = end;
  }
  trim_into(text.substr(begin));
  return all;
}

std::string name_of(const Element& character) {
  const Element* name = character.child("n");
  return name && !name->items.empty() ? name->items.front().text : "";
}

bool is_placeholder(std::string_view name) {
  return name.empty() || (name.starts_with('$') && name.ends_with('$'));
}

std::string box_text(const std::optional<Box>& box) {
  return box ? fmt::format("{:g},{:g},{:g},{:g}", box->x1, box->y1, box->x2, box->y2) : "";
}

class Differ {
 public:
  std::vector<PromptChange> run(const Prompt& before, const Prompt& after) {
    if (before.kind != after.kind) {
      add(Kind::changed, "input", "", std::string(to_string(before.kind)),
          std::string(to_string(after.kind)));
    }
    if (before.system_prefix != after.system_prefix) {
      one_value("system", before.system_prefix, after.system_prefix);
    }
    characters(before, after);
    elements(rest(before), rest(after), "");
    return std::move(changes_);
  }

 private:
  void add(Kind kind, std::string path, std::string subject, std::string before,
           std::string after) {
    changes_.push_back(
        {kind, std::move(path), std::move(subject), std::move(before), std::move(after)});
  }

  void one_value(const std::string& path, const std::string& before, const std::string& after) {
    if (before == after) return;
    const Kind kind = before.empty() ? Kind::added : after.empty() ? Kind::removed : Kind::changed;
    add(kind, path, "", before, after);
  }

  static std::vector<const Element*> rest(const Prompt& prompt) {
    std::vector<const Element*> others;
    for (const Element& element : prompt.elements) {
      if (element.character() == 0) others.push_back(&element);
    }
    return others;
  }

  void characters(const Prompt& before, const Prompt& after) {
    std::vector<const Element*> old = before.characters();
    const std::vector<const Element*> now = after.characters();
    std::vector<const Element*> partners(now.size(), nullptr);
    const auto match = [&](auto same) {
      for (size_t i = 0; i < now.size(); ++i) {
        if (partners[i]) continue;
        const auto found = std::ranges::find_if(
            old, [&](const Element* candidate) { return same(*candidate, *now[i]); });
        if (found == old.end()) continue;
        partners[i] = *found;
        old.erase(found);
      }
    };
    match([](const Element& a, const Element& b) {
      return !is_placeholder(name_of(a)) && name_of(a) == name_of(b);
    });
    match([](const Element& a, const Element& b) { return a.name == b.name; });
    for (const Element* gone : old) add(Kind::removed, gone->name, "", summary(*gone), "");
    for (size_t i = 0; i < now.size(); ++i) {
      if (!partners[i]) {
        add(Kind::added, now[i]->name, "", "", summary(*now[i]));
        continue;
      }
      if (partners[i]->name != now[i]->name) {
        add(Kind::renumbered, now[i]->name, name_of(*now[i]), partners[i]->name, now[i]->name);
      }
      element(*partners[i], *now[i], now[i]->name);
    }
  }

  /// `1girl, blue_hair, ...`: enough to recognise a character that came or went.
  static std::string summary(const Element& character) {
    std::vector<std::string> tags;
    for (const Element& child : character.children) {
      for (const Item& item : child.items) {
        if (child.name != "n" || !is_placeholder(item.text)) tags.push_back(item.text);
      }
    }
    constexpr size_t kShown = 4;
    const bool more = tags.size() > kShown;
    if (more) tags.resize(kShown);
    return fmt::format("{}{}", fmt::join(tags, ", "), more ? ", ..." : "");
  }

  void elements(const std::vector<const Element*>& before, const std::vector<const Element*>& after,
                const std::string& prefix) {
    std::set<std::string> names;
    std::vector<std::string> order;
    for (const auto* list : {&before, &after}) {
      for (const Element* e : *list) {
        if (names.insert(e->name).second) order.push_back(e->name);
      }
    }
    static const Element kNothing;
    const auto find = [](const std::vector<const Element*>& list, const std::string& name) {
      const auto found = std::ranges::find_if(list, [&](auto* e) { return e->name == name; });
      return found == list.end() ? &kNothing : *found;
    };
    for (const std::string& name : order) {
      const std::string shown = name.empty() ? "prompt" : name;
      element(*find(before, name), *find(after, name),
              prefix.empty() ? shown : prefix + "." + shown);
    }
  }

  void element(const Element& before, const Element& after, const std::string& path) {
    if (before.weight != after.weight) {
      add(Kind::reweighted, path, "", number(before.weight), number(after.weight));
    }
    one_value(path + ".bbox", box_text(before.box), box_text(after.box));
    items(before, after, path);
    elements(children(before), children(after), path);
  }

  static std::vector<const Element*> children(const Element& element) {
    std::vector<const Element*> all;
    for (const Element& child : element.children) all.push_back(&child);
    return all;
  }

  /// Values of one element; prose by sentence, single values as one change.
  void items(const Element& before, const Element& after, const std::string& path) {
    const ValueForm form = after.rule ? after.form() : before.form();
    if (form == ValueForm::single && before.items.size() == 1 && after.items.size() == 1 &&
        before.items[0].text != after.items[0].text) {
      add(Kind::changed, path, "", before.items[0].text, after.items[0].text);
      return;
    }
    const std::vector<Item> old = form == ValueForm::prose ? split(before.items) : before.items;
    const std::vector<Item> now = form == ValueForm::prose ? split(after.items) : after.items;
    const auto has = [](const std::vector<Item>& list, const std::string& text) {
      return std::ranges::find(list, text, &Item::text);
    };
    std::vector<std::string> kept_before, kept_after;
    for (const Item& item : old) {
      if (has(now, item.text) == now.end())
        add(Kind::removed, path, "", item.text, "");
      else
        kept_before.push_back(item.text);
    }
    for (const Item& item : now) {
      const auto earlier = has(old, item.text);
      if (earlier == old.end()) {
        add(Kind::added, path, "", "", with_weight(item));
        continue;
      }
      kept_after.push_back(item.text);
      if (earlier->weight != item.weight || earlier->ranges != item.ranges) {
        add(Kind::reweighted, path, item.text, weights(*earlier), weights(item));
      }
    }
    if (kept_before != kept_after) {
      add(Kind::reordered, path, "", fmt::format("{}", fmt::join(kept_before, ", ")),
          fmt::format("{}", fmt::join(kept_after, ", ")));
    }
  }

  static std::vector<Item> split(const std::vector<Item>& prose) {
    std::vector<Item> all;
    for (const Item& item : prose) {
      if (!item.ranges.empty()) {
        all.push_back(item);  // weighted ranges count from the start of the whole
        continue;
      }
      for (std::string& sentence : sentences(item.text)) {
        Item part;
        part.text = std::move(sentence);
        part.weight = item.weight;
        all.push_back(std::move(part));
      }
    }
    return all;
  }

  static std::string with_weight(const Item& item) {
    return item.weight == 1 ? item.text : fmt::format("({}:{:g})", item.text, item.weight);
  }

  static std::string weights(const Item& item) {
    std::string text = number(item.weight);
    for (const WeightRange& range : item.ranges) {
      text += fmt::format(" [{}: {:g}]", range.range.of(item.text), range.weight);
    }
    return text;
  }

  std::vector<PromptChange> changes_;
};

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::added:
      return "added";
    case Kind::removed:
      return "removed";
    case Kind::changed:
      return "changed";
    case Kind::reweighted:
      return "reweighted";
    case Kind::reordered:
      return "reordered";
    case Kind::renumbered:
      return "renumbered";
  }
  return "";
}

std::vector<PromptChange> semantic_diff(const Prompt& before, const Prompt& after) {
  return Differ().run(canonicalize(before, &tag_table()), canonicalize(after, &tag_table()));
}

std::string render_changes(const std::vector<PromptChange>& changes, DiffColour colour) {
  const bool on = colour == DiffColour::on;
  const char* red = on ? "\x1b[31m" : "";
  const char* green = on ? "\x1b[32m" : "";
  const char* yellow = on ? "\x1b[33m" : "";
  const char* bold = on ? "\x1b[1m" : "";
  const char* reset = on ? "\x1b[0m" : "";
  std::string out;
  std::string path;
  for (const PromptChange& change : changes) {
    if (change.path != path) {
      if (!out.empty()) out += '\n';
      out += fmt::format("{}{}:{}", bold, change.path, reset);
      path = change.path;
    }
    switch (change.kind) {
      case Kind::added:
        out += fmt::format(" {}+ {}{}", green, change.after, reset);
        break;
      case Kind::removed:
        out += fmt::format(" {}- {}{}", red, change.before, reset);
        break;
      case Kind::changed:
        out += fmt::format(" {}- {}{} {}+ {}{}", red, change.before, reset, green, change.after,
                           reset);
        break;
      case Kind::reweighted:
        out += fmt::format(" {}{} {} -> {}{}", yellow,
                           change.subject.empty() ? "weight" : change.subject, change.before,
                           change.after, reset);
        break;
      case Kind::reordered:
        out += fmt::format(" {}reordered: {}{}", yellow, change.after, reset);
        break;
      case Kind::renumbered:
        out += fmt::format(" {}was {} ({}){}", yellow, change.before, change.subject, reset);
        break;
    }
  }
  if (!out.empty()) out += '\n';
  return out;
}

}  // namespace newbie::prompt
