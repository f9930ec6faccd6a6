#pragma once
/// The modules of a model that adapters can change.

#include "adapters/targets.h"
#include "model_tools/parts.h"

namespace newbie::model_tools {

/// Of a model on disk: all its networks but the VAE.
adapters::Targets targets_of(const OpenedModel& model);
/// Of NewBie-image-Exp0.1, for files whose model is not at hand.
adapters::Targets published_targets();

}  // namespace newbie::model_tools
