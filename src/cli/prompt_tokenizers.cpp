/// The tokenizers of a model folder, as the prompt language sees them.

#include <filesystem>

#include "base/error.h"
#include "cli/prompt_settings.h"
#include "text/tokenizer.h"

namespace newbie::cli {
namespace {

class EncoderTokens : public prompt::TokenizerView {
 public:
  explicit EncoderTokens(std::unique_ptr<text::Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}

  std::vector<prompt::Token> encode(std::string_view text) const override {
    std::vector<prompt::Token> tokens;
    for (const text::Token& token : tokenizer_->encode_with_specials(text)) {
      tokens.push_back({token.id, token.span});
    }
    return tokens;
  }

 private:
  std::unique_ptr<text::Tokenizer> tokenizer_;
};

/// A tokenizer's own folder, or that of its encoder.
std::filesystem::path folder_of(const std::filesystem::path& own,
                                const std::filesystem::path& encoder) {
  std::error_code ignored;
  return std::filesystem::is_directory(own, ignored) ? own : encoder;
}

}  // namespace

ModelTokenizers load_tokenizers(const std::string& model_folder) {
  const std::filesystem::path folder = model_folder;
  return with_where("loading the tokenizers of " + model_folder, [&] {
    return ModelTokenizers{std::make_unique<EncoderTokens>(text::load_gemma_tokenizer(
                               folder_of(folder / "tokenizer", folder / "text_encoder"))),
                           std::make_unique<EncoderTokens>(text::load_xlmr_tokenizer(
                               folder_of(folder / "clip_tokenizer", folder / "clip_model")))};
  });
}

}  // namespace newbie::cli
