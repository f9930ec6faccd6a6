#include "text/tokenizer_json.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "text/piece_index.h"
#include "text/tokenizer_json_stream.h"

namespace newbie::text {
namespace {

using Tree = nlohmann::json;

/// Text that a step puts into the input; a longer one could only serve to exhaust the memory.
constexpr size_t kMaxStepText = 64;

[[noreturn]] void malformed(std::string_view what) {
  throw Error("tokenizer.malformed", fmt::format("tokenizer.json {}", what));
}

[[noreturn]] void unsupported(std::string_view what) {
  throw Error("tokenizer.unsupported",
              fmt::format("tokenizer.json asks for {}, which this program lacks", what))
      .hint("check that it belongs to Gemma or to Jina CLIP");
}

const Tree* find(const Tree& object, const char* name) {
  if (!object.is_object())
    malformed(fmt::format("has something else where an object with \"{}\" belongs", name));
  const auto entry = object.find(name);
  return entry == object.end() || entry->is_null() ? nullptr : &*entry;
}

std::string text_field(const Tree& object, const char* name) {
  const Tree* value = find(object, name);
  if (value == nullptr || !value->is_string())
    malformed(fmt::format("lacks the text \"{}\"", name));
  return value->get<std::string>();
}

bool flag_field(const Tree& object, const char* name, bool otherwise) {
  const Tree* value = find(object, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean())
    malformed(fmt::format("has a \"{}\" that is neither true nor false", name));
  return value->get<bool>();
}

std::string step_text(const Tree& step, const char* name) {
  std::string text = text_field(step, name);
  if (text.size() > kMaxStepText)
    malformed(fmt::format("has a \"{}\" of {} bytes", name, text.size()));
  return text;
}

const Tree& steps_field(const Tree& step, const char* name) {
  const Tree* steps = find(step, name);
  if (steps == nullptr || !steps->is_array()) malformed(fmt::format("lacks the list \"{}\"", name));
  return *steps;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = text.size() % 4 != 0
                         ? -1
                         : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                           reinterpret_cast<const unsigned char*>(text.data()),
                                           static_cast<int>(text.size()));
  if (length < 0) malformed("has a normalisation table that is not base64");
  bytes.resize(static_cast<size_t>(length));
  return bytes;
}

/// A pattern is {"String": ...} or {"Regex": ...}.
std::string pattern_field(const Tree& step, const char* kind) {
  const Tree* pattern = find(step, "pattern");
  if (pattern == nullptr || find(*pattern, kind) == nullptr) return {};
  return step_text(*pattern, kind);
}

void add_normalizer(const Tree& step, std::vector<NormalizerStep>& out) {
  const std::string type = text_field(step, "type");
  if (type == "Sequence") {
    for (const Tree& inner : steps_field(step, "normalizers")) add_normalizer(inner, out);
  } else if (type == "Precompiled") {
    if (find(step, "precompiled_charsmap") == nullptr) return;
    out.emplace_back(Charsmap(from_base64(text_field(step, "precompiled_charsmap"))));
  } else if (type == "Replace" && !pattern_field(step, "String").empty()) {
    out.emplace_back(Replace{pattern_field(step, "String"), step_text(step, "content")});
  } else if (type == "Replace" && pattern_field(step, "Regex") == " {2,}") {
    out.emplace_back(ReplaceSpaceRuns{step_text(step, "content")});
  } else if (type == "Strip") {
    out.emplace_back(
        Strip{flag_field(step, "strip_left", true), flag_field(step, "strip_right", true)});
  } else if (type == "Prepend") {
    out.emplace_back(Prepend{step_text(step, "prepend")});
  } else {
    unsupported(fmt::format("the normalizer {:.80}", type == "Replace" ? step.dump() : type));
  }
}

Metaspace metaspace(const Tree& step) {
  Metaspace out{step_text(step, "replacement"), Metaspace::PrependTo::every_word,
                flag_field(step, "split", true)};
  if (out.mark.empty()) malformed("has an empty \"replacement\"");
  if (find(step, "prepend_scheme") == nullptr) {
    if (!flag_field(step, "add_prefix_space", true)) out.prepend = Metaspace::PrependTo::none;
    return out;
  }
  const std::string scheme = text_field(step, "prepend_scheme");
  if (scheme == "never") {
    out.prepend = Metaspace::PrependTo::none;
  } else if (scheme == "first") {
    out.prepend = Metaspace::PrependTo::first_word;
  } else if (scheme != "always") {
    unsupported(fmt::format("the prepend_scheme {:.40}", scheme));
  }
  return out;
}

SplitAt split_at(const Tree& step) {
  SplitAt out{pattern_field(step, "String"), SplitAt::Keep::alone};
  const std::string behavior = text_field(step, "behavior");
  if (out.pattern.empty() || flag_field(step, "invert", false)) {
    unsupported(fmt::format("the splitting {:.120}", step.dump()));
  }
  if (behavior == "Removed") {
    out.keep = SplitAt::Keep::nothing;
  } else if (behavior == "MergedWithPrevious") {
    out.keep = SplitAt::Keep::with_previous;
  } else if (behavior == "MergedWithNext") {
    out.keep = SplitAt::Keep::with_next;
  } else if (behavior != "Isolated") {
    unsupported(fmt::format("the splitting behaviour {:.40}", behavior));
  }
  return out;
}

void add_pre_tokenizer(const Tree& step, std::vector<PreTokenizerStep>& out) {
  const std::string type = text_field(step, "type");
  if (type == "Sequence") {
    for (const Tree& inner : steps_field(step, "pretokenizers")) add_pre_tokenizer(inner, out);
  } else if (type == "WhitespaceSplit") {
    out.emplace_back(WhitespaceSplit{});
  } else if (type == "Metaspace") {
    out.emplace_back(metaspace(step));
  } else if (type == "Split") {
    out.emplace_back(split_at(step));
  } else {
    unsupported(fmt::format("the pre-tokenizer {:.80}", type));
  }
}

AddedToken added_token(const Tree& entry) {
  const Tree* id = find(entry, "id");
  if (id == nullptr || !id->is_number_integer()) malformed("has an added token without an id");
  const auto number = id->get<int64_t>();
  if (number < 0 || number > INT32_MAX) {
    throw Error("tokenizer.bad_id", fmt::format("an added token has id {}", number));
  }
  AddedToken token;
  token.id = static_cast<int32_t>(number);
  token.content = text_field(entry, "content");
  token.special = flag_field(entry, "special", false);
  token.normalized = flag_field(entry, "normalized", !token.special);
  token.single_word = flag_field(entry, "single_word", false);
  token.lstrip = flag_field(entry, "lstrip", false);
  token.rstrip = flag_field(entry, "rstrip", false);
  return token;
}

/// Pieces and scores by id, added tokens included.
void fill_vocabulary(TokenizerJson& file, Definition& d) {
  if (const Tree* added = find(file.rest, "added_tokens")) {
    if (!added->is_array()) malformed("has \"added_tokens\" that are not a list");
    for (const Tree& entry : *added) d.added.push_back(added_token(entry));
  }
  const size_t entries = file.ids.size() + file.scores.size() + d.added.size();
  for (auto& [piece, id] : file.ids) {
    const bool taken = id >= 0 && static_cast<size_t>(id) < d.pieces.size() &&
                       !d.pieces[static_cast<size_t>(id)].empty();
    if (taken) {
      throw Error("tokenizer.bad_id",
                  fmt::format("id {} is given twice, once to \"{:.40}\"", id, piece));
    }
    place_piece(d.pieces, id, std::move(piece), entries);
  }
  for (auto& [piece, score] : file.scores) {
    place_piece(d.pieces, static_cast<int64_t>(d.pieces.size()), std::move(piece), entries);
    d.scores.push_back(score);
  }
  d.scored = d.scores.size();
  for (const AddedToken& token : d.added) place_piece(d.pieces, token.id, token.content, entries);
  if (d.kind == VocabularyKind::unigram) d.scores.resize(d.pieces.size(), 0);
}

void fill_bpe(const TokenizerJson& file, const Tree& model, Definition& d) {
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (find(model, name) && !text_field(model, name).empty()) unsupported(name);
  }
  if (const Tree* dropout = find(model, "dropout"); dropout && *dropout != 0)
    unsupported("dropout");
  d.fuse_unk = flag_field(model, "fuse_unk", false);
  d.whole_words_first = flag_field(model, "ignore_merges", false);

  const PieceIndex index(d.pieces);
  const auto id_of = [&](std::string_view piece) {
    if (const auto id = index.find(piece)) return *id;
    throw Error(
        "tokenizer.bad_merge",
        fmt::format("a merge names the piece \"{:.40}\", which the vocabulary lacks", piece));
  };
  if (find(model, "unk_token")) d.unk = id_of(text_field(model, "unk_token"));
  d.merges.reserve(file.merges.size());
  std::string merged;
  for (const auto& [left, right] : file.merges) {
    merged.assign(left).append(right);
    d.merges.push_back({id_of(left), id_of(right), id_of(merged)});
  }
}

void fill_unigram(const Tree& model, Definition& d) {
  d.fuse_unk = true;
  const Tree* unk = find(model, "unk_id");
  if (unk == nullptr) return;
  if (!unk->is_number_integer() || unk->get<int64_t>() < 0 || unk->get<uint64_t>() >= d.scored) {
    throw Error("tokenizer.bad_id",
                fmt::format("unk_id is {:.40}, and there are {} pieces", unk->dump(), d.scored));
  }
  d.unk = unk->get<int32_t>();
}

}  // namespace

Definition read_tokenizer_json(std::string_view text) {
  TokenizerJson file = parse_tokenizer_json(text);
  const Tree* model = find(file.rest, "model");
  if (model == nullptr || !model->is_object()) malformed("lacks the object \"model\"");

  Definition d;
  const std::string type = find(*model, "type")  ? text_field(*model, "type")
                           : file.scores.empty() ? "BPE"
                                                 : "Unigram";
  if (type != "BPE" && type != "Unigram") unsupported(fmt::format("the model {:.40}", type));
  d.kind = type == "BPE" ? VocabularyKind::bpe : VocabularyKind::unigram;
  if (!(d.kind == VocabularyKind::bpe ? file.scores.empty() : file.ids.empty())) {
    malformed(fmt::format("has a vocabulary of the wrong form for {}", type));
  }
  fill_vocabulary(file, d);
  d.byte_fallback = flag_field(*model, "byte_fallback", false);
  if (d.kind == VocabularyKind::bpe) {
    fill_bpe(file, *model, d);
  } else {
    fill_unigram(*model, d);
  }
  if (const Tree* step = find(file.rest, "normalizer")) add_normalizer(*step, d.normalizer);
  if (const Tree* step = find(file.rest, "pre_tokenizer"))
    add_pre_tokenizer(*step, d.pre_tokenizer);
  return d;
}

}  // namespace newbie::text
