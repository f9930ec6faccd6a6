#pragma once
/// One step of learning: forward, loss, back, optimiser.

#include <functional>
#include <memory>

#include "tensor/device.h"

namespace newbie::bench {

/// What is kept between steps, and the step itself.
struct LearningStep {
  std::shared_ptr<void> kept;
  std::function<void()> run;
  int64_t parameters = 0;
};

/// A LoRA of rank 16 on what `newbie train lora` adapts, on the transformer at its published size
/// (or fewer of its layers), of one picture, blocks computed again, AdamW.
LearningStep lora_step(const Device& device, int64_t side, int64_t caption, int64_t layers = 36);

/// nano's transformer, all of it, from a batch of pictures of 256 x 256 with captions of many
/// lengths.
LearningStep nano_step(const Device& device, int64_t pictures);

}  // namespace newbie::bench
