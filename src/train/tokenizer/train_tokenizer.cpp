#include "train/tokenizer/train_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>

#include "base/error.h"

namespace newbie::train {
namespace {

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

}  // namespace newbie::train
