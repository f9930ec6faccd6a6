#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace newbie {

std::string to_base64(std::string_view bytes) {
  constexpr size_t kPiece = size_t{3} << 20;  // EVP counts in int; a multiple of 3 needs no padding
  std::string out;
  for (size_t begin = 0; begin < bytes.size(); begin += kPiece) {
    const std::string_view piece = bytes.substr(begin, kPiece);
    const size_t length = (piece.size() + 2) / 3 * 4;
    const size_t at = out.size();
    out.resize(at + length + 1);  // EVP writes a NUL behind it
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + at),
                    reinterpret_cast<const unsigned char*>(piece.data()),
                    static_cast<int>(piece.size()));
    out.resize(at + length);
  }
  return out;
}

}  // namespace newbie
