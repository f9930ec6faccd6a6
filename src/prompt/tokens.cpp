#include "prompt/tokens.h"

#include <algorithm>

namespace newbie::prompt {

namespace {

class TokenMapper {
 public:
  TokenMapper(std::vector<Token> tokens, const CompiledText& compiled, size_t offset)
      : compiled_(compiled), offset_(offset) {
    map_.tokens = std::move(tokens);
  }

  TokenMap run(const TokenLimits& limits) {
    order_tokens();
    map_.system = range_of({0, offset_});
    for (const OwnedSpan& owned : compiled_.spans)
      map_.spans.push_back(range_of(in_text(owned.span)));
    weigh();
    map_.beyond_trained = beyond(limits.trained);
    map_.beyond_positions = beyond(limits.positions);
    return std::move(map_);
  }

 private:
  TextSpan in_text(TextSpan caption_span) const {
    return {caption_span.begin + offset_, caption_span.end + offset_};
  }

  // Markers have no bytes; the others ascend. Their begins and ends are searched separately.
  void order_tokens() {
    for (size_t i = 0; i < map_.tokens.size(); ++i) {
      if (!map_.tokens[i].span.empty()) visible_.push_back(i);
    }
  }

  TokenRange range_of(TextSpan span) const {
    if (span.empty()) return {};
    const auto first = std::ranges::partition_point(
        visible_, [&](size_t i) { return map_.tokens[i].span.end <= span.begin; });
    const auto last = std::partition_point(
        first, visible_.end(), [&](size_t i) { return map_.tokens[i].span.begin < span.end; });
    if (first == last) return {};
    return {*first, *std::prev(last) + 1};
  }

  // Both lists ascend: one pass over the weights for all tokens.
  void weigh() {
    map_.weights.assign(map_.tokens.size(), 1.0);
    auto weight = compiled_.weights.begin();
    for (size_t i : visible_) {
      const TextSpan token = map_.tokens[i].span;
      while (weight != compiled_.weights.end() && in_text(weight->span).end <= token.begin)
        ++weight;
      double sum = static_cast<double>(token.size());
      for (auto at = weight; at != compiled_.weights.end() && in_text(at->span).begin < token.end;
           ++at) {
        const TextSpan span = in_text(at->span);
        const size_t covered = std::min(span.end, token.end) - std::max(span.begin, token.begin);
        sum += static_cast<double>(covered) * (at->weight - 1);
      }
      map_.weights[i] = sum / static_cast<double>(token.size());
    }
  }

  std::vector<BeyondLimit> beyond(size_t limit) const {
    std::vector<BeyondLimit> out;
    if (map_.tokens.size() <= limit) return out;
    for (size_t i = 0; i < compiled_.spans.size(); ++i) {
      const TokenRange range = map_.spans[i];
      const bool leaf = is_leaf(i);
      if (!leaf || range.end <= limit) continue;
      out.push_back({compiled_.spans[i].path, range.end - std::max(range.begin, limit),
                     range.begin >= limit});
    }
    return out;
  }

  // Elements without elements inside: each token is then reported once.
  bool is_leaf(size_t i) const {
    const auto& spans = compiled_.spans;
    if (spans[i].kind != OwnedSpan::Kind::element) return false;
    const bool holds_next = i + 1 < spans.size() && spans[i + 1].kind != OwnedSpan::Kind::item &&
                            spans[i + 1].span.begin < spans[i].span.end;
    return !holds_next;
  }

  const CompiledText& compiled_;
  size_t offset_;
  std::vector<size_t> visible_;
  TokenMap map_;
};

}  // namespace

TokenMap map_tokens(const CompiledText& compiled, Encoder encoder, const TokenizerView& tokenizer,
                    TokenLimits limits) {
  const bool gemma = encoder == Encoder::gemma;
  const std::string& text = gemma ? compiled.gemma : compiled.jina;
  const size_t offset = gemma ? compiled.gemma_caption_offset : compiled.jina_caption_offset;
  return TokenMapper(tokenizer.encode(text), compiled, offset).run(limits);
}

}  // namespace newbie::prompt
