#include "text/tokenizer_json_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "text/piece_index.h"
#include "text/unicode.h"

namespace newbie::text {
namespace {

Json replacement(const char* kind, const std::string& pattern, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", {{kind, pattern}}}, {"content", content}};
}

Json step_json(const Replace& step) { return replacement("String", step.pattern, step.content); }
Json step_json(const ReplaceSpaceRuns& step) { return replacement("Regex", " {2,}", step.content); }
Json step_json(const Strip& step) {
  return {{"type", "Strip"}, {"strip_left", step.left}, {"strip_right", step.right}};
}
Json step_json(const Prepend& step) { return {{"type", "Prepend"}, {"prepend", step.content}}; }
Json step_json(const Charsmap& step) {
  return {{"type", "Precompiled"}, {"precompiled_charsmap", to_base64(step.bytes())}};
}

Json step_json(const WhitespaceSplit&) { return {{"type", "WhitespaceSplit"}}; }
Json step_json(const Metaspace& step) {
  const char* scheme = step.prepend == Metaspace::PrependTo::every_word   ? "always"
                       : step.prepend == Metaspace::PrependTo::first_word ? "first"
                                                                          : "never";
  return {{"type", "Metaspace"},
          {"replacement", step.mark},
          {"prepend_scheme", scheme},
          {"split", step.split}};
}
Json step_json(const SplitAt& step) {
  const char* behavior = step.keep == SplitAt::Keep::nothing         ? "Removed"
                         : step.keep == SplitAt::Keep::with_previous ? "MergedWithPrevious"
                         : step.keep == SplitAt::Keep::with_next     ? "MergedWithNext"
                                                                     : "Isolated";
  return {{"type", "Split"},
          {"pattern", {{"String", step.pattern}}},
          {"behavior", behavior},
          {"invert", false}};
}

/// None, the step itself, or a sequence whose list has the name `list`.
template <class Steps>
Json steps_json(const Steps& steps, const char* list) {
  Json all = Json::array();
  for (const auto& step : steps) {
    all.push_back(std::visit([](const auto& kind) { return step_json(kind); }, step));
  }
  if (all.empty()) return nullptr;
  if (all.size() == 1) return all[0];
  return {{"type", "Sequence"}, {list, std::move(all)}};
}

Json added_tokens_json(std::vector<AddedToken> tokens) {
  std::ranges::stable_sort(tokens, {}, &AddedToken::id);
  Json all = Json::array();
  for (const AddedToken& token : tokens) {
    all.push_back({{"id", token.id},
                   {"content", token.content},
                   {"single_word", token.single_word},
                   {"lstrip", token.lstrip},
                   {"rstrip", token.rstrip},
                   {"normalized", token.normalized},
                   {"special", token.special}});
  }
  return all;
}

/// The post-processor: what stands around one text, and around two that are read together.
class Template {
 public:
  explicit Template(const PieceIndex& index) : index_(index) {}

  static Json text(const char* name, int type) {
    return {{"Sequence", {{"id", name}, {"type_id", type}}}};
  }
  Json special(const std::string& piece, int type) {
    const auto id = index_.find(piece);
    if (!id) {
      throw Error("tokenizer.missing_special",
                  fmt::format("the vocabulary has no \"{}\" to frame a text with", piece));
    }
    specials_[piece] = {{"id", piece}, {"ids", {*id}}, {"tokens", {piece}}};
    return {{"SpecialToken", {{"id", piece}, {"type_id", type}}}};
  }
  Json finish(Json single, Json pair) {
    return {{"type", "TemplateProcessing"},
            {"single", std::move(single)},
            {"pair", std::move(pair)},
            {"special_tokens", std::move(specials_)}};
  }

 private:
  const PieceIndex& index_;
  Json specials_ = Json::object();
};

Json gemma_frame(const PieceIndex& index) {
  Template frame(index);
  const Json bos = frame.special("<bos>", 0), a = Template::text("A", 0);
  return frame.finish({bos, a}, {bos, a, frame.special("<bos>", 1), Template::text("B", 1)});
}

Json xlmr_frame(const PieceIndex& index) {
  Template frame(index);
  const Json end = frame.special("</s>", 0), begin = frame.special("<s>", 0);
  const Json a = Template::text("A", 0), b = Template::text("B", 0);
  return frame.finish({begin, a, end}, {begin, a, end, end, b, end});
}

Json gemma_decoder() {
  return {{"type", "Sequence"},
          {"decoders",
           {replacement("String", std::string(kSpaceMark), " "),
            {{"type", "ByteFallback"}},
            {{"type", "Fuse"}}}}};
}

/// Undoes the Metaspace step.
Json xlmr_decoder(const Definition& d) {
  for (const PreTokenizerStep& step : d.pre_tokenizer) {
    if (const auto* metaspace = std::get_if<Metaspace>(&step)) return step_json(*metaspace);
  }
  return nullptr;
}

/// Appends without a search for the key, of which there may be hundreds of thousands.
void append(Json::object_t& object, const std::string& key, Json value) {
  object.emplace_back(key, std::move(value));
}

Json bpe_json(const Definition& d) {
  const auto piece = [&](int32_t id) { return d.pieces[static_cast<size_t>(id)]; };
  Json::object_t vocabulary;
  for (size_t id = 0; id < d.pieces.size(); ++id) {
    if (!d.pieces[id].empty()) append(vocabulary, d.pieces[id], id);
  }
  Json merges = Json::array();
  for (const Merge& merge : d.merges) merges.push_back({piece(merge.left), piece(merge.right)});
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", piece(*d.unk)},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", d.fuse_unk},
          {"byte_fallback", d.byte_fallback},
          {"ignore_merges", d.whole_words_first},
          {"vocab", std::move(vocabulary)},
          {"merges", std::move(merges)}};
}

Json unigram_json(const Definition& d) {
  Json vocabulary = Json::array();
  for (size_t id = 0; id < d.scored; ++id) vocabulary.push_back({d.pieces[id], d.scores[id]});
  return {{"type", "Unigram"},
          {"unk_id", *d.unk},
          {"vocab", std::move(vocabulary)},
          {"byte_fallback", d.byte_fallback}};
}

}  // namespace

std::string write_tokenizer_json(const Definition& definition) {
  validate(definition);
  const PieceIndex index(definition.pieces);
  const bool bpe = definition.kind == VocabularyKind::bpe;
  const Json file{{"version", "1.0"},
                  {"truncation", nullptr},
                  {"padding", nullptr},
                  {"added_tokens", added_tokens_json(definition.added)},
                  {"normalizer", steps_json(definition.normalizer, "normalizers")},
                  {"pre_tokenizer", steps_json(definition.pre_tokenizer, "pretokenizers")},
                  {"post_processor", bpe ? gemma_frame(index) : xlmr_frame(index)},
                  {"decoder", bpe ? gemma_decoder() : xlmr_decoder(definition)},
                  {"model", bpe ? bpe_json(definition) : unigram_json(definition)}};
  return file.dump() + "\n";
}

}  // namespace newbie::text
