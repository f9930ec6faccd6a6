// Any bytes as tokenizer.json: it describes a tokenizer that works, or is refused with a
// tokenizer.* error.
#include "text/tokenizer_json.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "newbie/error.h"
#include "text/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace newbie::text;
  try {
    const auto tokenizer =
        make_tokenizer(read_tokenizer_json({reinterpret_cast<const char*>(data), size}), Framing{});
    const auto ids =
        ids_of(tokenizer->encode("1girl,  <b>ｆｕｌｌ</b>\n剑客 e\xCC\x81 \xFF <mask> ab"));
    tokenizer->decode(ids);
  } catch (const newbie::Error& error) {
    if (!error.code().starts_with("tokenizer.")) std::abort();
  }
  return 0;
}
