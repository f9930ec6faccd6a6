#pragma once
/// The named tensors of one network, from a file, shards or a folder, under our names.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/load_report.h"
#include "io/made_tensor.h"
#include "io/names.h"
#include "io/safetensors.h"

namespace newbie::io {

struct WeightSetOptions {
  /// What the weights are for, in messages: "next_dit".
  std::string network;
  /// Parts that may stand before every name, in any sequence ("module.", "model.").
  std::vector<std::string> prefixes;
  /// Known layouts, tried in this order; the first whose anchor is present is the one. Without
  /// tables names are taken as they are.
  std::vector<NamesTable> layouts;
};

/// Type and size of a tensor as it will be handed out.
struct TensorInfo {
  DType dtype = DType::f32;
  Shape shape;
};

/// Immutable once open; thread-safe. Share it: `std::shared_ptr<const WeightSet>`.
class WeightSet {
 public:
  /// `path` is a safetensors file, an index, or a folder that holds one of them.
  /// Errors: those of SafetensorsFile and of weight_files.h, `weights.unknown_layout`,
  /// `weights.duplicate`, `weights.shape_mismatch` (parts of one tensor that do not fit).
  static std::shared_ptr<const WeightSet> open(const std::filesystem::path& path,
                                               const WeightSetOptions& options = {});
  static std::shared_ptr<const WeightSet> from_files(std::filesystem::path source,
                                                     std::vector<SafetensorsFile> files,
                                                     const WeightSetOptions& options = {});

  bool has(std::string_view name) const { return find(name).has_value(); }
  std::optional<TensorInfo> find(std::string_view name) const;
  /// Our names, sorted.
  std::vector<std::string> names() const;
  /// Mapped when the file holds it as it is; made on `device` (a CPU device) when a rule demands.
  /// Error: `weights.missing`.
  Tensor tensor(std::string_view name, const Device& device) const;
  /// Gives the pages behind a tensor back to the system; reading it again fetches them.
  void drop(std::string_view name) const;

  /// A tensor that is no parameter, by the file's own name (`spiece_model`), if there.
  std::optional<Tensor> extra(std::string_view stored_name, const Device& device) const;

  const std::string& network() const { return network_; }
  const std::filesystem::path& source() const { return source_; }
  const std::vector<SafetensorsFile>& files() const { return files_; }
  const std::string& layout() const { return layout_; }
  const std::string& prefix() const { return prefix_; }
  /// `__metadata__` of all files; the first file wins.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The file's own names behind one of ours (for messages and reports).
  std::vector<std::string> stored_names(std::string_view name) const;
  /// Why `name` cannot be made although some of its parts are there; "" when nothing is known.
  std::string why_missing(std::string_view name) const;
  const std::vector<std::string>& ignored() const { return ignored_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class WeightSetBuilder;

  WeightSet() = default;
  const MadeTensor* lookup(std::string_view name) const;

  std::string network_;
  std::filesystem::path source_;
  std::vector<SafetensorsFile> files_;
  std::string layout_;
  std::string prefix_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, MadeTensor, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> incomplete_;
  std::vector<std::string> ignored_;
  std::vector<std::string> notes_;
};

}  // namespace newbie::io
