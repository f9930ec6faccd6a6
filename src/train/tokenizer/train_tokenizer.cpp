#include "train/tokenizer/train_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "models/gemma3/config.h"
#include "models/jina_clip/config.h"
#include "text/tokenizer.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using Settings = std::unordered_map<std::string, std::string>;

class Texts final : public sentencepiece::SentenceIterator {
 public:
  explicit Texts(const std::vector<std::string>& texts) : texts_(texts) {}
  bool done() const override { return at_ >= texts_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return texts_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& texts_;
  size_t at_ = 0;
};

/// What both kinds share. One thread and no shuffling: the same texts give the same bytes.
Settings settings_of(const char* type, int64_t pieces) {
  return {{"model_type", type},
          {"vocab_size", std::to_string(pieces)},
          {"num_threads", "1"},
          {"shuffle_input_sentence", "false"},
          {"max_sentence_length", "65536"},
          {"max_sentencepiece_length", "24"},
          {"minloglevel", "2"}};
}

std::string train(const Settings& settings, const std::vector<std::string>& texts) {
  Texts sentences(texts);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &sentences, &model);
  if (status.ok()) return model;
  throw Error("tokenizer.training",
              fmt::format("SentencePiece makes no vocabulary of {} pieces from {} texts: {}",
                          settings.at("vocab_size"), texts.size(), status.ToString()))
      .hint("ask for fewer pieces, or give more texts");
}

/// A list in the form that SentencePiece splits.
std::string quoted_list(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "\"" : ",\"") + item + "\"";
  return list;
}

std::string gemma_files_config() {
  return Json{{"tokenizer_class", "GemmaTokenizer"},
              {"add_bos_token", true},
              {"add_eos_token", false},
              {"bos_token", "<bos>"},
              {"eos_token", "<eos>"},
              {"pad_token", "<pad>"},
              {"unk_token", "<unk>"},
              {"padding_side", "right"},
              {"model_max_length", 8192}}
             .dump(2) +
         "\n";
}

std::string xlmr_files_config() {
  return Json{{"tokenizer_class", "XLMRobertaTokenizer"},
              {"bos_token", "<s>"},
              {"eos_token", "</s>"},
              {"sep_token", "</s>"},
              {"cls_token", "<s>"},
              {"pad_token", "<pad>"},
              {"unk_token", "<unk>"},
              {"mask_token", "<mask>"},
              {"model_max_length", 8194}}
             .dump(2) +
         "\n";
}

}  // namespace

std::string train_gemma_tokenizer(const std::vector<std::string>& texts, int64_t pieces,
                                  const std::vector<std::string>& symbols) {
  Settings settings = settings_of("bpe", pieces);
  settings.insert({{"byte_fallback", "true"},
                   {"split_digits", "true"},
                   {"normalization_rule_name", "identity"},
                   {"add_dummy_prefix", "false"},
                   {"remove_extra_whitespaces", "false"},
                   {"character_coverage", "0.9999"},
                   {"pad_id", "0"},
                   {"eos_id", "1"},
                   {"bos_id", "2"},
                   {"unk_id", "3"},
                   {"bos_piece", "<bos>"},
                   {"eos_piece", "<eos>"},
                   {"user_defined_symbols", quoted_list(symbols)}});
  return train(settings, texts);
}

std::string train_xlmr_tokenizer(const std::vector<std::string>& texts, int64_t pieces) {
  Settings settings = settings_of("unigram", pieces);
  settings.insert({{"normalization_rule_name", "nmt_nfkc"},
                   {"character_coverage", "0.9999"},
                   {"unk_id", "0"},
                   {"bos_id", "1"},
                   {"eos_id", "2"},
                   {"pad_id", "-1"}});
  return train(settings, texts);
}

std::vector<fs::path> write_tokenizers(const fs::path& model, const TextCorpus& corpus) {
  const fs::path gemma = model / "text_encoder", clip = model / "clip_model";
  const int64_t gemma_ids = gemma3::read_config(io::Config::open(gemma / "config.json")).vocab_size;
  // Fairseq's ids: one more in front, and <mask> last.
  const int64_t clip_ids =
      jina_clip::read_config(io::Config::open(clip / "config.json")).vocab_size;
  const std::pair<fs::path, std::string> files[] = {
      {gemma / "tokenizer.model", train_gemma_tokenizer(corpus.gemma, gemma_ids, markup_symbols())},
      {gemma / "tokenizer_config.json", gemma_files_config()},
      {clip / "sentencepiece.bpe.model", train_xlmr_tokenizer(corpus.clip, clip_ids - 2)},
      {clip / "tokenizer_config.json", xlmr_files_config()}};
  std::vector<fs::path> written;
  for (const auto& [path, text] : files) {
    write_file(path, text);
    written.push_back(path);
  }
  return written;
}

}  // namespace newbie::train
