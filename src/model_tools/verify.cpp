#include "model_tools/verify.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/file.h"
#include "base/hash.h"
#include "model_tools/side_files.h"
#include "models/loading.h"
#include "tensor/device.h"
#include "text/tokenizer.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

Finding finding_of(std::string part, const Error& error) {
  return {std::move(part), error.code(), error.what(), error.hint_text()};
}

class Verification {
 public:
  Verification(const OpenedModel& model, const VerifyOptions& options, const Progress& progress)
      : model_(model), options_(options), progress_(progress) {}

  VerifyReport run() {
    for (const auto& [part, error] : model_.unreadable)
      add(finding_of(std::string(name_of(part)), error));
    for (const OpenedPart& part : model_.parts) check_tensors(part);
    for (const OpenedPart& part : model_.parts) check_tokenizer(part);
    if (options_.values) {
      for (const OpenedPart& part : model_.parts) check_values(part);
    }
    if (!options_.hash_list.empty()) check_hashes();
    return std::move(report_);
  }

 private:
  void add(Finding finding) { report_.findings.push_back(std::move(finding)); }

  void check_tensors(const OpenedPart& part) {
    const io::LoadReport found = compare(*part.weights, part.description.expected);
    report_.tensors += found.used;
    if (!found.acceptable(io::Strictness::strict)) {
      add(finding_of(std::string(name_of(part.description.part)),
                     found.error(io::Strictness::strict)));
    }
    for (const io::SafetensorsFile& file : part.weights->files()) {
      if (file.hole_bytes() == 0) continue;
      add({std::string(name_of(part.description.part)), "weights.holes",
           fmt::format("{} has {} bytes that belong to no tensor", file.path().string(),
                       file.hole_bytes()),
           "other programs refuse such files; `newbie model convert` writes a clean one"});
    }
  }

  void check_values(const OpenedPart& part) {
    uint64_t total = 0, done = 0;
    const std::string_view name = name_of(part.description.part);
    for (const io::SafetensorsFile& file : part.weights->files()) total += file.file_bytes();
    for (const io::SafetensorsFile& file : part.weights->files()) {
      const auto found =
          find_not_finite(file, Device::cpu(options_.threads).threads(), [&](uint64_t bytes) {
            report_.bytes_read += bytes;
            done += bytes;
            if (progress_) progress_(name, done, total);
          });
      for (const NotFinite& bad : found) {
        add({std::string(name), "weights.not_finite",
             fmt::format("{} has {} NaN and {} infinite values", bad.tensor, bad.nans,
                         bad.infinities),
             "fetch the file again; if it stays so, training or conversion went wrong"});
      }
    }
  }

  void check_tokenizer(const OpenedPart& part) {
    const Part kind = part.description.part;
    if (kind != Part::text_encoder && kind != Part::clip_model) return;
    const std::string name(name_of(kind));
    const TokenizerFiles files = find_tokenizer(model_.root, part);
    if (files.files.empty() && files.sentencepiece.empty()) {
      add({name, "tokenizer.missing", "no tokenizer beside the weights or inside them",
           "add tokenizer.json or the SentencePiece model to the folder of the encoder"});
      return;
    }
    if (files.sentencepiece.empty()) return;
    try {
      const auto bytes = std::as_bytes(std::span(files.sentencepiece));
      const auto tokenizer = kind == Part::text_encoder ? text::load_gemma_tokenizer(bytes)
                                                        : text::load_xlmr_tokenizer(bytes);
      const auto rows = part.description.expected.front().shape[0];
      if (tokenizer->vocabulary_size() > rows) {
        add({name, "tokenizer.vocabulary",
             fmt::format("the tokenizer has {} ids, the embedding {} rows",
                         tokenizer->vocabulary_size(), rows),
             "use the tokenizer that came with these weights"});
      }
    } catch (const Error& error) {
      add(finding_of(name, error));
    }
  }

  /// Lines of sha256sum: hex, two characters, a path relative to the model.
  void check_hashes() {
    std::istringstream lines(read_file(options_.hash_list, uint64_t{1} << 24));
    const fs::path base = fs::is_directory(model_.root) ? model_.root : model_.root.parent_path();
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line[0] == '#') continue;
      const size_t space = line.find(' ');
      if (space != 64 || line.size() < 67) {
        add({"", "hash.bad_line",
             fmt::format("{}: \"{:.80}\" is no line of sha256sum", options_.hash_list.string(),
                         line),
             ""});
        continue;
      }
      const std::string name = line.substr(66);
      check_hash(base / name, name, line.substr(0, 64));
    }
  }

  void check_hash(const fs::path& file, const std::string& name, const std::string& expected) {
    std::error_code failure;
    const uint64_t total = fs::file_size(file, failure);
    uint64_t done = 0;
    try {
      const std::string found = sha256_of(file, [&](uint64_t bytes) {
        done += bytes;
        if (progress_) progress_(name, done, total);
      });
      if (found == expected) return;
      add({"", "hash.mismatch",
           fmt::format("{} has SHA-256 {}, expected {}", name, found, expected),
           "fetch the file again"});
    } catch (const Error& error) {
      add(finding_of("", error));
    }
  }

  const OpenedModel& model_;
  const VerifyOptions& options_;
  const Progress& progress_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify_model(const fs::path& path, const VerifyOptions& options,
                          const Progress& progress) {
  const OpenedModel model = open_model(path);
  return Verification(model, options, progress).run();
}

std::string sha256_of(const fs::path& path, const std::function<void(uint64_t)>& read) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto fail = [&]() -> Error {
    return Error(errno == ENOENT ? "file.missing" : "file.unreadable",
                 fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
  };
  if (descriptor < 0) throw fail();
  struct Closer {
    int value;
    ~Closer() { ::close(value); }
  } const closer{descriptor};
  Sha256 hash;
  std::vector<std::byte> buffer(size_t{4} << 20);
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw fail();
    if (got == 0) return hash.finish();
    hash.update(std::span(buffer).first(static_cast<size_t>(got)));
    if (read) read(static_cast<uint64_t>(got));
  }
}

}  // namespace newbie::model_tools
