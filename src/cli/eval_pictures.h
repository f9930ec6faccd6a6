#pragma once
/// Pictures to be judged: drawn by a model or by the world, with progress and Ctrl-C; and what the
/// commands of `newbie eval` share.

#include <chrono>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress_line.h"
#include "eval/classifier/model.h"
#include "eval/scenes.h"
#include "newbie/engine.h"
#include "world/render.h"
#include "world/sampler.h"
#include "world/scene_prompt.h"

namespace newbie::cli {

/// How pictures are made and judged. `request.count` and `request.seed` are those of the scenes.
struct EvalSettings {
  EngineOptions engine;
  GenerateRequest request;
  std::string classifier;
  bool ground_truth = false;
  bool json = false;
  bool quiet = false;

  /// Where judges and autoencoders run: where the model does.
  Device device() const;
  /// Error: `request.field` when none was given and the model has none.
  eval::Judge judge() const;
  /// What the world draws for a scene at the request's size.
  image::Picture drawn(const world::Scene& scene, uint64_t seed) const;
};

/// The flags of EvalSettings, with 256 x 256 pictures for a start.
void add_eval_options(CLI::App& command, EvalSettings& settings);

void add_eval_binding(CLI::App& group);
void add_eval_fidelity(CLI::App& group);

/// One moving line with the time that is left; Ctrl-C cancels its token.
class EvalProgress {
 public:
  EvalProgress(bool quiet, std::string stage, int64_t total)
      : line_(quiet), stage_(std::move(stage)), total_(total) {}

  const CancelToken& token() const { return token_; }
  /// Errors: `request.cancelled`.
  void told(int64_t done);
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
  std::string stage_;
  int64_t total_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  CancelToken token_;
  InterruptHandler interrupts_{token_};
};

/// Makes the pictures one by one. The engine is opened when first needed and keeps its networks.
class PictureMaker {
 public:
  explicit PictureMaker(const EvalSettings& settings);

  /// The model's picture of a prompt. Errors: those of the engine.
  image::Picture operator()(const std::string& prompt, uint64_t seed);
  void told(int64_t done) { progress_.told(done); }
  void clear() { progress_.clear(); }

 private:
  const EvalSettings& settings_;
  EvalProgress progress_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace newbie::cli
