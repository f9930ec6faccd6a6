#include "adapters/read.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "adapters/gather.h"
#include "io/weight_files.h"

namespace newbie::adapters {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNamed = 20;

/// The first few lines of many, and how many more there are.
std::string listed(const std::vector<std::string>& lines) {
  std::string text;
  for (size_t i = 0; i < std::min(lines.size(), kMostNamed); ++i) text += "\n  " + lines[i];
  if (lines.size() > kMostNamed) text += fmt::format("\n  and {} more", lines.size() - kMostNamed);
  return text;
}

/// Modules of the file by what they are: a place in the model, or their stem.
using Modules = std::map<std::string, Gathered>;

class Reader {
 public:
  Reader(const io::SafetensorsFile& file, const Targets* targets)
      : file_(file), targets_(targets), adapter_(std::make_shared<Adapter>()) {
    adapter_->source = file.path();
    adapter_->metadata = file.metadata();
  }

  std::shared_ptr<const Adapter> operator()() {
    gather();
    make_modules();
    return std::move(adapter_);
  }

 private:
  void gather() {
    std::set<std::string> dialects, unmatched;
    std::string example;
    for (const io::TensorEntry& entry : file_.entries()) {
      const auto key = read_key(entry.name);
      if (!key) {
        adapter_->unknown_keys.push_back(entry.name);
        continue;
      }
      if (key->unsupported) {
        throw Error("adapter.unsupported",
                    fmt::format("{} is of a kind of adapter that cannot be read", entry.name))
            .hint("LoRA, LoKr, LoHa, DoRA and whole differences of matrices and norms can");
      }
      dialects.insert(dialect_of(entry.name));
      example = key->stem;
      const auto found = targets_ ? targets_->find(key->stem) : std::nullopt;
      if (targets_ && !found) {
        unmatched.insert(key->stem);
        continue;
      }
      const std::string place = found ? fmt::format("{}/{}/{}", found->target->network,
                                                    found->target->path, found->row_begin)
                                      : without_prefixes(key->stem);
      Gathered& module = modules_[place];
      module.stem = key->stem;
      module.found = found;
      module.add(*key, entry);
    }
    adapter_->dialects.assign(dialects.begin(), dialects.end());
    adapter_->unmatched.assign(unmatched.begin(), unmatched.end());
    if (dialects.empty()) throw not_an_adapter();
    if (modules_.empty()) throw no_match();
    if (dialects.size() > 1) {
      adapter_->notes.push_back(
          fmt::format("its names follow several habits: {}",
                      fmt::join(adapter_->dialects.begin(), adapter_->dialects.end(), ", ")));
    }
  }

  Error not_an_adapter() const {
    const std::string first =
        file_.entries().empty() ? "it is empty" : "it holds " + file_.entries().front().name;
    return Error("adapter.not_an_adapter",
                 fmt::format("{} holds no adapter: {}", file_.path().string(), first))
        .hint("`newbie model info FILE` tells what it holds");
  }

  Error no_match() const {
    return Error("adapter.no_match", fmt::format("none of the {} modules of {} is in this model:{}",
                                                 adapter_->unmatched.size(), file_.path().string(),
                                                 listed(adapter_->unmatched)))
        .hint("it was made for another model");
  }

  fs::path config_path() const {
    const fs::path folder = file_.path().parent_path();
    const bool own = file_.path().filename().string().starts_with("adapter_model");
    return own ? folder / "adapter_config.json" : fs::path();
  }

  void make_modules() {
    const Scaling scaling(config_path(), adapter_->metadata);
    bool alpha_is_known = true;
    std::vector<std::string> problems;
    std::map<std::string, std::vector<Part>> parts;
    std::map<std::string, Shape> weights;
    for (const auto& [place, gathered] : modules_) {
      auto part = make_part(gathered, file_, scaling, alpha_is_known, problems);
      if (!part) continue;
      const std::string name = part->module.network + "/" + part->module.path;
      weights[name] = gathered.found ? gathered.found->target->weight : part->module.weight;
      parts[name].push_back(*std::move(part));
    }
    if (!problems.empty()) {
      throw Error("adapter.shape_mismatch",
                  fmt::format("{} does not fit:{}", file_.path().string(), listed(problems)))
          .hint("it was made for a model of another size: name that one");
    }
    for (auto& [name, of_one] : parts) {
      adapter_->modules.push_back(join(std::move(of_one), weights.at(name)));
    }
    if (!alpha_is_known) {
      adapter_->notes.push_back(
          "nothing tells its alpha, so its scale is taken as 1; if it looks too strong, put its "
          "adapter_config.json beside it or lower its strength");
    }
  }

  const io::SafetensorsFile& file_;
  const Targets* targets_;
  std::shared_ptr<Adapter> adapter_;
  Modules modules_;
};

/// Nothing is there. What follows a colon was meant as a strength, if a file has the name before.
Error missing(const fs::path& path) {
  const std::string text = path.string();
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find('/', colon) != std::string::npos) {
    return Error("file.missing", fmt::format("{} does not exist", text));
  }
  const std::string name = text.substr(0, colon), strength = text.substr(colon + 1);
  const std::string example = fmt::format("for example {}:0.8", name);
  std::error_code ignored;
  if (fs::exists(name, ignored)) {
    return Error("adapter.strength",
                 fmt::format("{} has strength \"{}\", expected a number", name, strength))
        .hint(example);
  }
  return Error("file.missing", fmt::format("neither {} nor {} exists", text, name))
      .hint(fmt::format("\"{}\" is no strength, which is a number: {}", strength, example));
}

}  // namespace

fs::path adapter_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw missing(path);
  if (!fs::is_directory(path, ignored)) return path;
  if (fs::exists(path / "adapter_model.safetensors", ignored)) {
    return path / "adapter_model.safetensors";
  }
  const auto files = io::find_weight_files(path);
  if (files.size() == 1) return files.front();
  throw Error("adapter.not_an_adapter", fmt::format("{} holds {} weight files, an adapter is one",
                                                    path.string(), files.size()))
      .hint("name the adapter's file");
}

std::shared_ptr<const Adapter> read_adapter(const fs::path& path, const Targets* targets) {
  return read_adapter(io::SafetensorsFile::open(adapter_file(path)), targets);
}

std::shared_ptr<const Adapter> read_adapter(const io::SafetensorsFile& file,
                                            const Targets* targets) {
  return with_where(fmt::format("reading the adapter {}", file.path().string()),
                    [&] { return Reader(file, targets)(); });
}

}  // namespace newbie::adapters
