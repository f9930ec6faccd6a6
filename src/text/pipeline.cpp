#include "text/pipeline.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/utf8.h"
#include "text/segmenter.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

std::unique_ptr<Segmenter> make_segmenter(const Definition& definition, const PieceIndex& index) {
  return definition.kind == VocabularyKind::bpe ? make_bpe(definition, index)
                                                : make_unigram(definition, index);
}

class Pipeline : public Tokenizer {
 public:
  Pipeline(Definition definition, Framing framing)
      : definition_(std::move(definition)),
        framing_(std::move(framing)),
        index_(definition_.pieces),
        segmenter_(make_segmenter(definition_, index_)),
        special_(definition_.pieces.size(), false) {
    std::vector<AddedToken> before, after;
    for (AddedToken token : definition_.added) {
      if (token.special) special_[static_cast<size_t>(token.id)] = true;
      if (token.normalized) {
        token.content =
            normalize(definition_.normalizer, AlignedText::from_source(token.content)).text;
        if (!token.content.empty()) after.push_back(std::move(token));
      } else {
        before.push_back(std::move(token));
      }
    }
    before_ = AddedTokenMatcher(std::move(before));
    after_ = AddedTokenMatcher(std::move(after));
  }

  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> out;
    const AlignedText source = AlignedText::from_source(text);
    for (const auto& part : before_.split(source.text)) {
      if (part.token >= 0) {
        out.push_back({before_.token(part.token).id, source.source_of(part.range)});
      } else {
        encode_normalized(normalize(definition_.normalizer, source.slice(part.range)), out);
      }
    }
    return out;
  }

  std::string decode(std::span<const int32_t> ids) const override {
    std::string out, bytes;
    const auto flush = [&] {
      for (const char32_t c : utf8::to_u32(bytes)) utf8::append(out, c);
      bytes.clear();
    };
    for (const int32_t id : ids) {
      check_id(id);
      if (special_[static_cast<size_t>(id)]) continue;
      const std::string& piece = definition_.pieces[static_cast<size_t>(id)];
      const auto byte = definition_.byte_fallback ? byte_of_piece(piece) : std::nullopt;
      if (byte) {
        bytes.push_back(static_cast<char>(*byte));
      } else {
        flush();
        out += piece;
      }
    }
    flush();
    const AlignedText spaced =
        normalize({Replace{std::string(kSpaceMark), " "}}, AlignedText::from_source(out));
    return framing_.drop_first_space && spaced.text.starts_with(' ') ? spaced.text.substr(1)
                                                                     : spaced.text;
  }

  std::string piece(int32_t id) const override {
    check_id(id);
    return definition_.pieces[static_cast<size_t>(id)];
  }

  std::optional<int32_t> id_of(std::string_view piece) const override { return index_.find(piece); }
  int32_t vocabulary_size() const override {
    return static_cast<int32_t>(definition_.pieces.size());
  }
  const SpecialIds& specials() const override { return framing_.specials; }

 protected:
  std::span<const int32_t> prefix_ids() const override { return framing_.prefix; }
  std::span<const int32_t> suffix_ids() const override { return framing_.suffix; }

 private:
  void encode_normalized(const AlignedText& text, std::vector<Token>& out) const {
    for (const auto& part : after_.split(text.text)) {
      if (part.token >= 0) {
        out.push_back({after_.token(part.token).id, text.source_of(part.range)});
        continue;
      }
      const Words words = pre_tokenize(definition_.pre_tokenizer, text.slice(part.range));
      for (const TextSpan& word : words.ranges) segmenter_->segment(words.text, word, out);
    }
  }

  void check_id(int32_t id) const {
    if (id >= 0 && id < vocabulary_size()) return;
    throw Error(
        "tokenizer.unknown_id",
        fmt::format("token id {} is outside the vocabulary of {} ids", id, vocabulary_size()));
  }

  const Definition definition_;
  const Framing framing_;
  const PieceIndex index_;
  const std::unique_ptr<Segmenter> segmenter_;
  std::vector<bool> special_;
  AddedTokenMatcher before_, after_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(Definition definition, Framing framing) {
  validate(definition);
  return std::make_unique<Pipeline>(std::move(definition), std::move(framing));
}

}  // namespace newbie::text
