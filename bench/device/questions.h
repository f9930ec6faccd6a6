#pragma once
/// What bench_device asks; each prints lines with report().

#include "tensor/device.h"

namespace newbie::bench {

/// Whole parts at their published sizes: guided pairs, batches, a run of 28 steps, encoders, VAE.
void time_steps(const Device& device);
/// Of those, the guided pair and the run of 28 steps alone.
void time_pairs(const Device& device);
/// Where a joint block spends its time, op by op, under the load of a whole pair.
void profile_block(const Device& device);
/// A step of learning a LoRA, and what its way back is made of; its memory, planned and taken.
void time_learning(const Device& device);
/// Of those, the step alone.
void time_lora(const Device& device);
/// A step of nano's transformer.
void time_nano_learning(const Device& device);
/// The memory of the LoRA step alone, for which no device is needed.
void plan_learning();
/// The host against the device with the same weights; one image against four; f8 against bf16.
void check_agreement(const Device& device);

}  // namespace newbie::bench
