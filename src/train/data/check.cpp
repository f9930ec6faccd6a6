#include "train/data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/utf8.h"
#include "image/picture_file.h"

namespace newbie::train {
namespace {

using Severity = DataFinding::Severity;

constexpr uint64_t kMaxPictureBytes = uint64_t{256} << 20;

/// Pictures in files, with what was learnt by looking at them.
class FileDataset final : public Dataset {
 public:
  struct Entry {
    FoundPicture found;
    ExampleInfo info;
  };
  explicit FileDataset(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  int64_t size() const override { return static_cast<int64_t>(entries_.size()); }
  ExampleInfo info(int64_t index) const override { return at(index).info; }
  image::Picture picture(int64_t index) const override {
    return image::read_picture(at(index).found.path);
  }
  std::string caption(int64_t index, uint32_t pick) const override {
    const auto& captions = at(index).found.captions;
    return captions.empty() ? "" : captions[pick % captions.size()];
  }
  uint32_t captions(int64_t index) const override {
    return static_cast<uint32_t>(std::max<size_t>(1, at(index).found.captions.size()));
  }

 private:
  const Entry& at(int64_t index) const { return entries_[static_cast<size_t>(index)]; }
  std::vector<Entry> entries_;
};

/// One picture looked at; findings about others cannot be made here.
struct Looked {
  ExampleInfo info;
  std::vector<DataFinding> findings;

  void say(Severity severity, const char* code, std::string what, std::string fix) {
    findings.push_back({severity, code, info.name, std::move(what), std::move(fix)});
  }
  bool usable() const {
    return std::none_of(findings.begin(), findings.end(), [](const DataFinding& finding) {
      return finding.severity == Severity::error;
    });
  }
};

void look_at_pixels(Looked& looked, const FoundPicture& found, const DataCheckOptions& options) {
  try {
    const std::string bytes = read_file(found.path, kMaxPictureBytes);
    looked.info.content = hash64(bytes);
    const image::Picture picture = image::decode_picture(std::as_bytes(std::span(bytes)));
    looked.info.width = picture.width;
    looked.info.height = picture.height;
  } catch (const Error& error) {
    looked.say(Severity::error, "data.unreadable", error.what(), "mend or remove it");
    return;
  }
  if (std::min(looked.info.width, looked.info.height) < options.smallest) {
    looked.say(Severity::error, "data.tiny",
               fmt::format("{} x {} pixels, the smallest side allowed is {}", looked.info.width,
                           looked.info.height, options.smallest),
               "enlarge or remove it, or lower pictures.smallest");
  }
}

void look_at_caption(Looked& looked, const std::string& caption, const CaptionCompiler& compiler,
                     const DataCheckOptions& options) {
  if (utf8::first_invalid(caption)) {
    return looked.say(Severity::error, "data.not_utf8", "its caption is not UTF-8",
                      "`newbie prompt fix` can convert CP1252 and GBK");
  }
  if (caption.find_first_not_of(" \t\r\n") == std::string::npos) {
    return looked.say(Severity::warning, "data.no_caption", "its caption is empty",
                      "write one, unless it shall teach what an empty prompt shows");
  }
  const auto errors = compiler.errors(caption);
  if (errors.empty()) return;
  looked.say(
      options.lenient ? Severity::warning : Severity::error, "data.bad_caption",
      fmt::format("its caption has errors: {} {}", errors.front().rule, errors.front().message),
      "`newbie prompt fix` mends most of them; captions.lenient trains on it as it is");
}

Looked look_at(const FoundPicture& found, const CaptionCompiler* captions,
               const DataCheckOptions& options) {
  Looked looked;
  looked.info.name = found.name;
  looked.info.repeats = found.repeats;
  look_at_pixels(looked, found, options);
  if (!options.captions_needed) return looked;
  if (found.captions.empty()) {
    looked.say(Severity::error, "data.no_caption", "it has no caption",
               "put a text file of the same name beside it");
  }
  for (const std::string& caption : found.captions) {
    look_at_caption(looked, caption, *captions, options);
  }
  for (const auto& other : found.passed_over) {
    looked.say(Severity::warning, "data.two_captions",
               fmt::format("{} is used, {} is not", found.caption_file.filename().string(),
                           other.filename().string()),
               "keep one");
  }
  return looked;
}

/// Marks the later of two files with the same bytes.
void mark_duplicates(std::vector<Looked>& all) {
  std::unordered_map<uint64_t, const Looked*> first;
  for (Looked& looked : all) {
    if (looked.info.content == 0) continue;  // not read
    const auto [known, fresh] = first.try_emplace(looked.info.content, &looked);
    if (fresh) continue;
    looked.say(Severity::error, "data.duplicate",
               fmt::format("the same bytes as {}", known->second->info.name),
               "remove one; to show a picture more often, use repeats");
  }
}

}  // namespace

bool CheckedFiles::has_errors() const {
  return std::any_of(findings.begin(), findings.end(), [](const DataFinding& finding) {
    return finding.severity == Severity::error;
  });
}

CheckedFiles check_files(const std::vector<FoundPicture>& pictures, const CaptionCompiler* captions,
                         const DataCheckOptions& options) {
  std::vector<Looked> all(pictures.size());
  const int threads = options.threads > 0 ? options.threads : hardware_threads();
  // In rounds, so that progress is told from one thread.
  const auto total = static_cast<int64_t>(pictures.size());
  constexpr int64_t kRound = 64;
  for (int64_t begin = 0; begin < total; begin += kRound) {
    options.cancel.throw_if_requested();
    const int64_t count = std::min(kRound, total - begin);
    parallel_for(threads, count, [&](int64_t i) {
      const auto index = static_cast<size_t>(begin + i);
      all[index] = look_at(pictures[index], captions, options);
    });
    if (options.progress) options.progress(begin + count, total);
  }
  mark_duplicates(all);

  CheckedFiles result;
  std::vector<FileDataset::Entry> entries;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].usable()) entries.push_back({pictures[i], all[i].info});
    for (DataFinding& finding : all[i].findings) result.findings.push_back(std::move(finding));
  }
  if (pictures.empty()) {
    result.findings.push_back({Severity::error, "data.empty", "",
                               "there are no pictures (.png, .jpg, .jpeg, .webp)",
                               "check data.path"});
  }
  result.examples = std::make_unique<FileDataset>(std::move(entries));
  return result;
}

std::string to_text(const std::vector<DataFinding>& findings, int64_t pictures) {
  const auto errors = std::count_if(findings.begin(), findings.end(), [](const DataFinding& f) {
    return f.severity == Severity::error;
  });
  std::string out;
  for (const DataFinding& finding : findings) {
    out +=
        fmt::format("{}[{}]: {}{}{}\n", finding.severity == Severity::error ? "error" : "warning",
                    finding.code, finding.file, finding.file.empty() ? "" : ": ", finding.what);
    if (!finding.fix.empty()) out += fmt::format("  fix: {}\n", finding.fix);
  }
  const auto counted = [](int64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  return out + fmt::format("{}, {}, {}\n", counted(pictures, "picture"), counted(errors, "error"),
                           counted(static_cast<int64_t>(findings.size()) - errors, "warning"));
}

}  // namespace newbie::train
