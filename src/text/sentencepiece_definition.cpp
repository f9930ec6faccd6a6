// How a SentencePiece model becomes the definition that upstream's conversion to tokenizer.json
// gives.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "base/utf8.h"
#include "text/piece_index.h"
#include "text/sentencepiece_file.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

using Type = SentencePieceFile::Type;

[[noreturn]] void unsupported(std::string_view what) {
  throw Error("tokenizer.unsupported", fmt::format("the SentencePiece model {}", what))
      .hint("check that it is the tokenizer of this text encoder");
}

void expect_kind(const SentencePieceFile& file, VocabularyKind kind) {
  if (file.kind == kind) return;
  const auto name = [](VocabularyKind k) { return k == VocabularyKind::bpe ? "BPE" : "unigram"; };
  throw Error("tokenizer.wrong_kind", fmt::format("the SentencePiece model is {}, expected {}",
                                                  name(file.kind), name(kind)))
      .hint("Gemma's tokenizer is BPE, Jina CLIP's is unigram: are the two exchanged?");
}

/// A merge with what decides its rank.
struct Ranked {
  size_t left_length, right_length;  ///< in characters
  Merge merge;
};

/// Every way to make the piece `id` from two others, longest left part first.
void add_merges(int32_t id, const SentencePieceFile::Piece& piece, const PieceIndex& index,
                std::vector<Ranked>& out) {
  std::vector<size_t> cuts;
  for (size_t at = 0; at < piece.text.size(); at += utf8::decode(piece.text, at).length)
    cuts.push_back(at);
  const std::string_view text = piece.text;
  for (size_t k = cuts.size(); k-- > 1;) {
    const auto right = index.find(text.substr(cuts[k]));
    if (!right) continue;
    const auto left = index.find(text.substr(0, cuts[k]));
    if (left) out.push_back({k, cuts.size() - k, {*left, *right, id}});
  }
}

/// Every merge. The best score has the lowest rank; among equal scores the longer left part, then
/// the longer right part, then the lower id.
std::vector<Merge> merges_of(const SentencePieceFile& file, const PieceIndex& index) {
  std::vector<int32_t> order(file.pieces.size());
  std::iota(order.begin(), order.end(), 0);
  const auto piece = [&](int32_t id) -> const SentencePieceFile::Piece& {
    return file.pieces[static_cast<size_t>(id)];
  };
  const auto better = [&](int32_t a, int32_t b) { return piece(a).score > piece(b).score; };
  // Files list their pieces nearly in this order, and ties are rare: sorting the merges themselves
  // costs more.
  if (!std::is_sorted(order.begin(), order.end(), better))
    std::stable_sort(order.begin(), order.end(), better);
  std::vector<Merge> merges;
  merges.reserve(file.pieces.size() * 2);
  std::vector<Ranked> equal;
  for (size_t i = 0; i < order.size(); ++i) {
    add_merges(order[i], piece(order[i]), index, equal);
    if (i + 1 < order.size() && piece(order[i + 1]).score == piece(order[i]).score) continue;
    std::stable_sort(equal.begin(), equal.end(), [](const Ranked& a, const Ranked& b) {
      return std::tie(a.left_length, a.right_length) > std::tie(b.left_length, b.right_length);
    });
    for (const Ranked& ranked : equal) merges.push_back(ranked.merge);
    equal.clear();
  }
  return merges;
}

AddedToken added_token(int32_t id, const std::string& content, bool special) {
  AddedToken token;
  token.id = id;
  token.content = content;
  token.special = special;
  return token;
}

void add_charsmap(const SentencePieceFile& file, Definition& definition) {
  if (!file.charsmap.empty()) definition.normalizer.emplace_back(Charsmap(file.charsmap));
}

/// Gemma 3 has one token that its SentencePiece model lacks: the place of an image in the text.
void add_image_token(Definition& definition) {
  const std::string name = "<image_soft_token>";
  const auto has = [&](std::string_view piece) {
    return std::find(definition.pieces.begin(), definition.pieces.end(), piece) !=
           definition.pieces.end();
  };
  if (!has("<start_of_image>") || has(name)) return;
  definition.added.push_back(
      added_token(static_cast<int32_t>(definition.pieces.size()), name, true));
  definition.pieces.push_back(name);
}

/// `<mask>` takes the white space before it, and comes last where the model does not have it.
void add_mask_token(Definition& definition) {
  const std::string name = "<mask>";
  std::erase_if(definition.added, [&](const AddedToken& token) { return token.content == name; });
  const auto place = std::find(definition.pieces.begin(), definition.pieces.end(), name);
  AddedToken token =
      added_token(static_cast<int32_t>(place - definition.pieces.begin()), name, true);
  token.lstrip = true;
  if (place == definition.pieces.end()) {
    definition.pieces.push_back(name);
    definition.scores.push_back(0);
  }
  definition.added.push_back(std::move(token));
}

}  // namespace

Definition gemma_definition(const SentencePieceFile& file) {
  expect_kind(file, VocabularyKind::bpe);
  if (file.add_dummy_prefix)
    unsupported("puts a space in front of the text, which Gemma's does not");
  if (file.remove_extra_whitespaces) unsupported("drops repeated spaces, which Gemma's keeps");
  if (!file.escape_whitespaces) unsupported("does not write spaces as U+2581, which Gemma's does");
  Definition d;
  d.kind = VocabularyKind::bpe;
  d.byte_fallback = file.byte_fallback;
  d.fuse_unk = true;
  d.pieces.reserve(file.pieces.size());
  for (const auto& piece : file.pieces) {
    const auto id = static_cast<int32_t>(d.pieces.size());
    if (piece.type == Type::unknown && !d.unk) d.unk = id;
    if (piece.type == Type::unknown || piece.type == Type::control ||
        piece.type == Type::user_defined) {
      d.added.push_back(added_token(id, piece.text, piece.type != Type::user_defined));
    }
    d.pieces.push_back(piece.text);
  }
  for (AddedToken& token : d.added) {
    if (token.content == "<start_of_turn>" || token.content == "<end_of_turn>")
      token.special = true;
  }
  d.merges = merges_of(file, PieceIndex(d.pieces));
  add_image_token(d);
  add_charsmap(file, d);
  d.normalizer.emplace_back(Replace{" ", std::string(kSpaceMark)});
  // It never cuts, as no space is left; upstream's conversion has it.
  d.pre_tokenizer.emplace_back(SplitAt{" ", SplitAt::Keep::with_previous});
  return d;
}

Definition xlmr_definition(const SentencePieceFile& file) {
  expect_kind(file, VocabularyKind::unigram);
  if (!file.escape_whitespaces) unsupported("does not write spaces as U+2581, which XLM-R's does");
  Definition d;
  d.kind = VocabularyKind::unigram;
  d.fuse_unk = true;
  d.byte_fallback = file.byte_fallback;
  const auto add = [&](const std::string& piece, float score) {
    d.pieces.push_back(piece);
    d.scores.push_back(double{score});
    return static_cast<int32_t>(d.pieces.size() - 1);
  };
  // SentencePiece's own order is <unk> <s> </s>; XLM-R has <s> <pad> </s> <unk> in front of the
  // rest.
  size_t first = 0;
  if (file.pieces[0].text == "<unk>") {
    for (const char* name : {"<s>", "<pad>", "</s>", "<unk>"}) {
      d.added.push_back(added_token(add(name, 0), name, true));
    }
    d.unk = 3;
    first = 3;
  }
  for (size_t i = first; i < file.pieces.size(); ++i) {
    const auto& piece = file.pieces[i];
    const int32_t id = add(piece.text, piece.score);
    if (piece.type == Type::unknown && !d.unk) d.unk = id;
    if (piece.type == Type::unknown || piece.type == Type::control ||
        piece.type == Type::user_defined) {
      d.added.push_back(added_token(id, piece.text, piece.type != Type::user_defined));
    }
  }
  add_mask_token(d);
  d.scored = d.pieces.size();
  add_charsmap(file, d);
  d.pre_tokenizer.emplace_back(WhitespaceSplit{});
  d.pre_tokenizer.emplace_back(Metaspace{
      std::string(kSpaceMark),
      file.add_dummy_prefix ? Metaspace::PrependTo::every_word : Metaspace::PrependTo::none, true});
  return d;
}

}  // namespace newbie::text
