#pragma once
/// The adapters of a request, read and matched with the model.

#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "models/model_folder.h"
#include "newbie/engine.h"
#include "pipeline/networks.h"

namespace newbie::engine {

class AdaptersInUse {
 public:
  /// Reads the adapters of a request ("PATH:STRENGTH") unless they are the ones in use and their
  /// files have not changed. Returns the networks that must be built anew, by name.
  /// Errors: those of read_adapter, `adapter.strength`.
  std::vector<std::string> prepare(const std::vector<std::string>& requested,
                                   const ModelFolder& model);

  /// What the pipeline puts between weights and networks; empty without adapters.
  pipeline::Wrap wrap() const;
  /// Whether a text encoder is changed, and with it what prompts become.
  bool change_prompts() const;
  /// A line per adapter: what matched, what did not, what was chosen.
  void tell(const GenerateEvents& events) const;

 private:
  std::vector<std::string> state_;  ///< requests with sizes and times of their files
  adapters::AdapterSet set_;
};

}  // namespace newbie::engine
