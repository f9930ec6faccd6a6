#pragma once
/// What a training loop needs of the thing that is trained.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "image/image.h"
#include "train/optim/parameter.h"

namespace newbie::train {

/// One forward and backward pass. Everything random in it is a function of (seed, number).
struct Pass {
  int64_t number = 0;  ///< over the whole run, accumulated passes counted one by one
  int64_t step = 0;    ///< the optimiser step that it belongs to
  int64_t steps = 1;   ///< of the whole run
};

/// Numbers stay where they were computed: reading one waits for the device.
struct Losses {
  Tensor total;                                       ///< what was gone back from; f32 [1]
  std::vector<std::pair<std::string, Tensor>> parts;  ///< "velocity", "segmentation"
  std::vector<std::string> pictures;                  ///< names, to tell a culprit
};

/// What is trained, as the loop sees it: parameters, passes that add gradients, and a result.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual std::vector<Parameter>& parameters() = 0;
  /// Adds the pass's gradients to those of the parameters. Errors: any; nothing else has changed.
  virtual Losses pass(const Pass& pass) = 0;
  /// The parameters were written to.
  virtual void parameters_changed() {}
  /// Pictures of the present state; empty when there are none to show.
  virtual std::vector<image::Picture> samples() { return {}; }
  /// Writes what the run was for below `folder`, with the parameters as they are. Returns the
  /// path to tell the user.
  virtual std::filesystem::path write_result(const std::filesystem::path& folder) = 0;
  /// Names the data: a run that resumes on other data is refused.
  virtual std::string data_identity() const { return ""; }
};

}  // namespace newbie::train
