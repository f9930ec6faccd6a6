#include "prompt/lower_value.h"

#include "prompt/canonical_item.h"
#include "prompt/markup.h"
#include "prompt/parse_value.h"
#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

double group_weight(const SyntaxTree& tree, NodeId group) {
  const NodeId close = tree.child(group, NodeKind::group_close);
  std::string_view tail = tree.text(close);
  tail.remove_prefix(1);
  tail.remove_suffix(1);
  return parse_number(trim(tail)).value_or(1);
}

/// Builds the text of one item together with its weighted ranges. A byte inside several groups has
/// the product of their weights.
class ItemText {
 public:
  ItemText(const SyntaxTree& tree, Blanks blanks) : tree_(tree), blanks_(blanks) {}

  void add_children(NodeId parent, double weight) {
    for_each_child(tree_, parent, [&](NodeId id) { add(id, weight); });
  }

  /// One blank, unless there is one or nothing is before it.
  void add_blank() {
    if (!item_.text.empty() && !is_space(item_.text.back())) item_.text += ' ';
  }

  Item finish(TextSpan span) {
    while (!item_.text.empty() && is_space(item_.text.back())) item_.text.pop_back();
    const size_t size = item_.text.size();
    std::erase_if(item_.ranges, [&](WeightRange& range) {
      range.range.end = std::min(range.range.end, size);
      return range.range.begin >= range.range.end;
    });
    item_.span = span;
    whole_item_weight();
    return std::move(item_);
  }

 private:
  void add(NodeId id, double weight) {
    const Node& node = tree_.node(id);
    const std::string_view text = tree_.text(id);
    switch (node.kind) {
      case NodeKind::text:
      case NodeKind::stray:
        append(text, weight);
        break;
      case NodeKind::entity:
        append(scan_entity(text, 0, text.size()).text, weight);
        break;
      case NodeKind::escape:
        append(text.substr(text.size() - 1), weight);
        break;
      case NodeKind::group:
        add_children(id, weight * group_weight(tree_, id));
        break;
      case NodeKind::comment:
      case NodeKind::weight_comment:
      case NodeKind::control:
        add_blank();
        break;
      default:
        break;  // brackets
    }
  }

  void append(std::string_view text, double weight) {
    const size_t begin = item_.text.size();
    for (char c : text) {
      const bool blank = is_space(c);
      if (blank && item_.text.empty()) continue;
      if (blank && blanks_ == Blanks::collapse) {
        if (item_.text.back() != ' ') item_.text += ' ';
      } else if (c != '\r') {
        item_.text += c;
      }
    }
    const TextSpan range{begin, item_.text.size()};
    if (weight == 1 || range.empty()) return;
    const bool continues = !item_.ranges.empty() && item_.ranges.back().range.end == begin &&
                           item_.ranges.back().weight == weight;
    if (continues) {
      item_.ranges.back().range.end = range.end;
    } else {
      item_.ranges.push_back({range, weight});
    }
  }

  // One range over everything is the item's own weight.
  void whole_item_weight() {
    if (item_.ranges.size() != 1 || item_.ranges[0].range != TextSpan{0, item_.text.size()}) return;
    item_.weight *= item_.ranges[0].weight;
    item_.ranges.clear();
  }

  const SyntaxTree& tree_;
  Blanks blanks_;
  Item item_;
};

class ValueLowering {
 public:
  ValueLowering(SyntaxTree& tree, PendingWeight& pending, std::vector<Item>& items)
      : tree_(tree), pending_(pending), items_(items) {}

  void add_tags(NodeId parent, double weight) {
    for_each_child(tree_, parent, [&](NodeId id) {
      switch (tree_.node(id).kind) {
        case NodeKind::weight_comment:
          read_weight(tree_, id, pending_);
          break;
        case NodeKind::comment:
          note_bad_weight(id);
          break;
        case NodeKind::group:
          add_tags(id, weight * pending_.take() * group_weight(tree_, id));
          break;
        case NodeKind::item:
          add_item(id, weight);
          break;
        default:
          break;
      }
    });
  }

  void add_prose(NodeId value, Blanks blanks) {
    ItemText text(tree_, blanks);
    const TextSpan span = tree_.node(value).span;
    const bool joins = !items_.empty();
    Item before = joins ? std::move(items_.back()) : Item{};
    if (joins) items_.pop_back();
    for_each_child(tree_, value, [&](NodeId id) {
      switch (tree_.node(id).kind) {
        case NodeKind::weight_comment:
          read_weight(tree_, id, pending_);
          break;
        case NodeKind::comment:
          note_bad_weight(id);
          break;
        case NodeKind::item:
          text.add_children(id, pending_.take());
          break;
        default:
          break;
      }
      // What stood apart stays apart, also when only a comment was between.
      if (tree_.node(id).kind != NodeKind::item) text.add_blank();
    });
    Item item = text.finish(span);
    if (joins) {
      before.span.end = item.span.end;
      item = join_items(std::move(before), item);
    }
    if (!item.text.empty()) items_.push_back(std::move(item));
  }

 private:
  void add_item(NodeId id, double weight) {
    ItemText text(tree_, Blanks::collapse);
    text.add_children(id, 1);
    Item item = text.finish(tree_.node(id).span);
    item.weight *= weight * pending_.take();
    item.node = id;
    if (!item.text.empty()) items_.push_back(std::move(item));
  }

  void note_bad_weight(NodeId id) {
    const WeightComment comment = read_weight_comment(tree_.text(), tree_.node(id).span);
    if (comment.is_weight) tree_.issues.push_back({IssueKind::bad_weight, comment.number, {}});
  }

  SyntaxTree& tree_;
  PendingWeight& pending_;
  std::vector<Item>& items_;
};

}  // namespace

void lower_value(SyntaxTree& tree, NodeId value, bool prose, Blanks blanks, PendingWeight& pending,
                 std::vector<Item>& items) {
  ValueLowering lowering(tree, pending, items);
  prose ? lowering.add_prose(value, blanks) : lowering.add_tags(value, 1);
}

void read_weight(SyntaxTree& tree, NodeId comment, PendingWeight& pending) {
  const WeightComment found = read_weight_comment(tree.text(), tree.node(comment).span);
  const double weight = found.weight.value_or(1);
  if (weight < 0 || weight > 2) tree.issues.push_back({IssueKind::bad_weight, found.number, {}});
  pending.weight *= weight;
  pending.comment = tree.node(comment).span;
}

}  // namespace newbie::prompt
