#pragma once
/// Content hashes: XXH3 for keys inside the program, SHA-256 where users compare with other tools.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace newbie {

/// 64-bit XXH3, for cache keys and content identity. Not cryptographic.
uint64_t hash64(std::string_view bytes);
/// 16 lower-case hex digits.
std::string hex64(uint64_t value);

/// Streaming SHA-256 (OpenSSL, uses the processor's SHA instructions).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hex digits; call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace newbie
