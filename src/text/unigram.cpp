#include <algorithm>

#include "base/utf8.h"
#include "text/segmenter.h"
#include "text/trie.h"

namespace newbie::text {
namespace {

/// How much worse than the worst piece a character without a piece is.
constexpr double kUnknownPenalty = 10;

class Unigram : public Segmenter {
 public:
  Unigram(const Definition& definition, const PieceIndex& index)
      : definition_(definition),
        index_(index),
        trie_(std::span(definition.pieces).first(definition.scored)) {
    unknown_score_ = -kUnknownPenalty;
    if (definition.scored > 0) {
      unknown_score_ +=
          *std::min_element(definition.scores.begin(),
                            definition.scores.begin() + static_cast<ptrdiff_t>(definition.scored));
    }
  }

  void segment(const AlignedText& text, TextSpan range, std::vector<Token>& out) const override {
    std::vector<Step> steps = best_steps(text.view(range));
    std::reverse(steps.begin(), steps.end());
    for (size_t i = 0; i < steps.size(); ++i) {
      TextSpan piece = steps[i].range;
      if (definition_.fuse_unk && steps[i].id == *definition_.unk) {
        while (i + 1 < steps.size() && steps[i + 1].id == *definition_.unk)
          piece.end = steps[++i].range.end;
      }
      emit(text, {range.begin + piece.begin, range.begin + piece.end}, out);
    }
  }

 private:
  struct Step {
    int32_t id;
    TextSpan range;
  };
  /// The best way to reach a place in the word.
  struct Arrival {
    double score = 0;
    size_t from = kNowhere;
    int32_t id = 0;
  };
  static constexpr size_t kNowhere = ~size_t{0};

  /// Viterbi; ties keep the way found first, which is the one with the longer last piece.
  std::vector<Step> best_steps(std::string_view word) const {
    std::vector<Arrival> arrivals(word.size() + 1);
    const auto arrive = [&](size_t from, size_t to, int32_t id, double score) {
      Arrival& best = arrivals[to];
      if (best.from == kNowhere || score > best.score) best = {score, from, id};
    };
    for (size_t at = 0; at < word.size();) {
      const double here = arrivals[at].score;
      const size_t character = utf8::decode(word, at).length;
      bool has_single = false;
      trie_.for_each_prefix(word.substr(at), [&](size_t length, int32_t id) {
        arrive(at, at + length, id, definition_.scores[static_cast<size_t>(id)] + here);
        has_single = has_single || length == character;
      });
      if (!has_single) arrive(at, at + character, *definition_.unk, unknown_score_ + here);
      at += character;
    }
    std::vector<Step> steps;
    for (size_t end = word.size(); end > 0; end = arrivals[end].from) {
      steps.push_back({arrivals[end].id, {arrivals[end].from, end}});
    }
    return steps;
  }

  void emit(const AlignedText& text, TextSpan range, std::vector<Token>& out) const {
    const std::string_view piece = text.view(range);
    if (const auto id = index_.find(piece)) {
      out.push_back({*id, text.source_of(range)});
    } else if (!emit_bytes(text, range, out)) {
      out.push_back({*definition_.unk, text.source_of(range)});
    }
  }

  /// The byte pieces of a range, when the vocabulary has all of them and says to use them.
  bool emit_bytes(const AlignedText& text, TextSpan range, std::vector<Token>& out) const {
    if (!definition_.byte_fallback) return false;
    std::vector<Token> bytes;
    for (size_t i = range.begin; i < range.end; ++i) {
      const auto id = index_.find(byte_piece(static_cast<unsigned char>(text.text[i])));
      if (!id) return false;
      bytes.push_back({*id, text.source[i]});
    }
    out.insert(out.end(), bytes.begin(), bytes.end());
    return true;
  }

  const Definition& definition_;
  const PieceIndex& index_;
  Trie trie_;
  double unknown_score_ = 0;
};

}  // namespace

std::unique_ptr<Segmenter> make_unigram(const Definition& definition, const PieceIndex& index) {
  return std::make_unique<Unigram>(definition, index);
}

}  // namespace newbie::text
