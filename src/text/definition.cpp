#include "text/definition.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/utf8.h"

namespace newbie::text {
namespace {

/// Published vocabularies leave a few ids unused, never more than this.
constexpr size_t kMaxUnusedIds = 1 << 16;

void check_id(int32_t id, size_t count, std::string_view what) {
  if (id >= 0 && static_cast<size_t>(id) < count) return;
  throw Error("tokenizer.bad_id",
              fmt::format("{} has id {}, and there are {} ids", what, id, count));
}

}  // namespace

void validate(const Definition& d) {
  const size_t count = d.pieces.size();
  if (count == 0) throw Error("tokenizer.malformed", "the vocabulary is empty");
  for (size_t id = 0; id < count; ++id) {
    if (utf8::first_invalid(d.pieces[id])) {
      throw Error("tokenizer.bad_piece", fmt::format("the piece with id {} is not UTF-8 text", id));
    }
  }
  if (d.kind == VocabularyKind::unigram && (d.scores.size() != count || d.scored > count)) {
    throw Error("tokenizer.malformed",
                fmt::format("the vocabulary has {} pieces and {} scores", count, d.scores.size()));
  }
  for (size_t id = 0; id < d.scores.size(); ++id) {
    if (!std::isfinite(d.scores[id])) {
      throw Error("tokenizer.bad_piece", fmt::format("the score of piece {} is not a number", id));
    }
  }
  if (!d.unk) {
    throw Error("tokenizer.missing_special",
                "the vocabulary names no piece for unknown characters");
  }
  check_id(*d.unk, count, "the unknown piece");
  for (const AddedToken& token : d.added) {
    check_id(token.id, count, fmt::format("the added token \"{:.40}\"", token.content));
    if (token.content.empty()) throw Error("tokenizer.bad_piece", "an added token is empty");
  }
}

void place_piece(std::vector<std::string>& pieces, int64_t id, std::string piece, size_t entries) {
  if (id < 0 || static_cast<uint64_t>(id) >= entries + kMaxUnusedIds) {
    throw Error(
        "tokenizer.bad_id",
        fmt::format("the piece \"{:.40}\" has id {} in a vocabulary of {}", piece, id, entries));
  }
  const auto index = static_cast<size_t>(id);
  if (index >= pieces.size()) pieces.resize(index + 1);
  if (piece.empty()) throw Error("tokenizer.bad_piece", fmt::format("piece {} is empty", id));
  if (!pieces[index].empty() && pieces[index] != piece) {
    throw Error("tokenizer.bad_id",
                fmt::format("id {} belongs to two pieces, \"{:.40}\" and \"{:.40}\"", id,
                            pieces[index], piece));
  }
  pieces[index] = std::move(piece);
}

}  // namespace newbie::text
