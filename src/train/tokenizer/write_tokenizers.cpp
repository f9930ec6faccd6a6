#include "train/tokenizer/write_tokenizers.h"

#include <deque>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "models/gemma3/config.h"
#include "models/jina_clip/config.h"
#include "text/sentencepiece_file.h"
#include "text/tokenizer_json_writer.h"
#include "train/tokenizer/train_tokenizer.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::pair<fs::path, std::string>>;

std::string json_file(const Json& json) { return json.dump(2) + "\n"; }

/// Where the loaders look first: a folder of its own, else the encoder's.
fs::path tokenizer_folder(const fs::path& own, const fs::path& encoder) {
  return fs::is_directory(own) ? own : encoder;
}

void add_gemma(Files& files, const fs::path& folder, const std::string& model) {
  const Json specials{{"bos_token", "<bos>"},
                      {"eos_token", "<eos>"},
                      {"pad_token", "<pad>"},
                      {"unk_token", "<unk>"}};
  Json config{
      {"tokenizer_class", "GemmaTokenizer"}, {"add_bos_token", true}, {"add_eos_token", false}};
  config.update(specials);
  config.update(Json{{"padding_side", "right"},
                     {"model_max_length", 8192},
                     {"clean_up_tokenization_spaces", false}});
  const auto definition = text::gemma_definition(text::read_sentencepiece(model));
  files.insert(files.end(), {{folder / "tokenizer.model", model},
                             {folder / "tokenizer.json", text::write_tokenizer_json(definition)},
                             {folder / "tokenizer_config.json", json_file(config)},
                             {folder / "special_tokens_map.json", json_file(specials)}});
}

void add_xlmr(Files& files, const fs::path& folder, const std::string& model) {
  const Json specials{{"bos_token", "<s>"},    {"cls_token", "<s>"},   {"eos_token", "</s>"},
                      {"sep_token", "</s>"},   {"pad_token", "<pad>"}, {"unk_token", "<unk>"},
                      {"mask_token", "<mask>"}};
  Json config{{"tokenizer_class", "XLMRobertaTokenizer"}};
  config.update(specials);
  config["model_max_length"] = 8194;
  const auto definition = text::xlmr_definition(text::read_sentencepiece(model));
  files.insert(files.end(), {{folder / "sentencepiece.bpe.model", model},
                             {folder / "tokenizer.json", text::write_tokenizer_json(definition)},
                             {folder / "tokenizer_config.json", json_file(config)},
                             {folder / "special_tokens_map.json", json_file(specials)}});
}

/// A full disk leaves all files as they were.
void write_together(const Files& files) {
  std::deque<AtomicFile> written;
  for (const auto& [path, text] : files) written.emplace_back(path).write(text);
  for (AtomicFile& file : written) file.commit();
}

}  // namespace

std::vector<fs::path> write_tokenizers(const fs::path& model, const TextCorpus& corpus) {
  const fs::path gemma = model / "text_encoder", clip = model / "clip_model";
  const int64_t gemma_ids = gemma3::read_config(io::Config::open(gemma / "config.json")).vocab_size;
  // Fairseq's ids: one more in front, and <mask> last.
  const int64_t clip_ids =
      jina_clip::read_config(io::Config::open(clip / "config.json")).vocab_size;
  Files files;
  add_gemma(files, tokenizer_folder(model / "tokenizer", gemma),
            train_gemma_tokenizer(corpus.gemma, gemma_ids, markup_symbols()));
  add_xlmr(files, tokenizer_folder(model / "clip_tokenizer", clip),
           train_xlmr_tokenizer(corpus.clip, clip_ids - 2));
  write_together(files);
  std::vector<fs::path> paths;
  for (const auto& [path, text] : files) paths.push_back(path);
  return paths;
}

}  // namespace newbie::train
