#include "engine/weights_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "io/weight_files.h"

namespace newbie::engine {
namespace {

constexpr int64_t kPiece = int64_t{16} << 20;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail();
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int64_t size() const {
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) fail();
    return info.st_size;
  }
  void read(int64_t offset, std::string& into) const {
    for (size_t done = 0; done < into.size();) {
      const ssize_t got = ::pread(descriptor_, into.data() + done, into.size() - done,
                                  offset + static_cast<int64_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail();
      done += static_cast<size_t>(got);
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw Error("file.unreadable",
                fmt::format("{} cannot be read: {}", path_.string(), std::strerror(errno)));
  }
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace

std::string hash_file(const std::filesystem::path& path, const Device& device) {
  const OpenFile file(path);
  const int64_t size = file.size();
  const int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<uint64_t> hashes(static_cast<size_t>(pieces));
  parallel_for(device.threads(), pieces, [&](int64_t i) {
    device.cancel().throw_if_requested();
    std::string buffer(static_cast<size_t>(std::min(kPiece, size - i * kPiece)), '\0');
    file.read(i * kPiece, buffer);
    hashes[static_cast<size_t>(i)] = hash64(buffer);
  });
  return hex64(
      hash64({reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(uint64_t)}));
}

std::map<std::string, std::string> hash_weights(const ModelFolder& model, const Device& device,
                                                FileHashes& known) {
  std::map<std::string, std::string> hashes;
  for (const auto& part : {model.transformer, model.text_encoder, model.clip_model, model.vae}) {
    if (part.empty()) continue;
    for (const auto& file : io::find_weight_files(part)) {
      const auto inside = file.lexically_relative(model.root);
      const bool below = !inside.empty() && *inside.begin() != "..";
      const FileIdentity now = FileIdentity::of(file);
      std::string hash = known.find(file, now).value_or("");
      if (hash.empty()) {
        hash = hash_file(file, device);
        known.put(file, now, hash);
      }
      hashes[(below ? inside : file.filename()).generic_string()] = std::move(hash);
    }
  }
  known.save();
  return hashes;
}

BackgroundHashes::BackgroundHashes(const ModelFolder& model, int threads, FileHashes& known) {
  const Device host = Device::cpu(threads);
  host.set_cancel(stop_);
  hashes_ = std::async(std::launch::async,
                       [model, host, &known] { return hash_weights(model, host, known); });
}

}  // namespace newbie::engine
