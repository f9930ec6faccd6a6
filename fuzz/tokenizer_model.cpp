// Any bytes as a SentencePiece model: it loads and tokenizes, or is refused with a tokenizer.*
// error.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "newbie/error.h"
#include "text/tokenizer.h"

namespace {

constexpr const char* kText =
    "1girl,  <b>ｆｕｌｌ</b>\n剑客 e\xCC\x81 \xF0\x9F\x98\x80 \xFF <mask>";

template <class Load>
void try_model(Load&& load) {
  try {
    const auto tokenizer = load();
    const auto ids = newbie::text::ids_of(tokenizer->encode_with_specials(kText));
    tokenizer->decode(ids);
  } catch (const newbie::Error& error) {
    if (!error.code().starts_with("tokenizer.")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try_model([&] { return newbie::text::load_gemma_tokenizer(bytes); });
  try_model([&] { return newbie::text::load_xlmr_tokenizer(bytes); });
  return 0;
}
