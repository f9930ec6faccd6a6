#pragma once
/// From the names of a file to the names of a network: the inside of WeightSet::open.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/made_tensor.h"
#include "io/weight_files.h"
#include "io/weight_set.h"

namespace newbie::io {

/// Fills an empty WeightSet whose files are open: finds layout and prefix by the layouts' anchors,
/// then reads every stored name through the layout's rules.
class WeightSetBuilder {
 public:
  WeightSetBuilder(WeightSet& set, const WeightSetOptions& options);
  void build();

 private:
  struct Named {
    StoredTensor stored;
    std::string name;    ///< without compiler and sharding wrappers
    std::string inner;   ///< without the prefix; the whole name when it has none
    bool inside = true;  ///< had the prefix
  };
  /// Parts of one of our tensors, as they turn up.
  struct Gathered {
    const NameRule* rule = nullptr;
    std::vector<const Named*> parts;
    std::vector<std::string> part_names;
  };

  bool find_prefix(const NamesTable& table);
  bool is_prefix(std::string_view text) const;
  Error unknown_layout() const;
  bool is_ignored(const Named& stored) const;
  void read_name(const Named& stored);
  bool read_by(const Rename& rule, const Named& stored);
  bool read_by(const Concat& rule, const Named& stored);
  bool read_by(const LowRank& rule, const Named& stored);
  bool read_by(const ByShape&, const Named&) { return false; }
  bool gather(std::string ours, std::vector<std::string> part_names, const Named& stored);
  void finish_gathered();
  void finish_concat(const std::string& ours, const Gathered& gathered);
  void finish_low_rank(const std::string& ours, const LowRank& rule, const Gathered& gathered);
  void name_by_shape(const ByShape& rule);
  void add(const std::string& ours, MadeTensor made);
  void add_as_stored(const std::string& ours, const Named& stored, int trailing_ones);

  WeightSet& set_;
  const WeightSetOptions& options_;
  const NamesTable* table_ = nullptr;
  const NameRule* rule_ = nullptr;  ///< the one being tried
  std::vector<Named> stored_;
  std::map<std::string, Gathered> gathered_;
  std::vector<std::string> unnamed_;  ///< inside the prefix, matched by no rule
};

}  // namespace newbie::io
