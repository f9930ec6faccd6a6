#pragma once
/// From a request as asked to one in which nothing is left open.

#include <filesystem>

#include "models/model_folder.h"
#include "newbie/request.h"
#include "tensor/dtype.h"

namespace newbie::engine {

/// Ranges, choices and the rules between fields. Errors: `request.field`, `request.size`,
/// `request.steps`, `request.mask`.
void validate(const GenerateRequest& request);

/// Fills the open fields from the model's defaults. The result, sent again, makes the same picture
/// even where defaults have changed.
GenerateRequest resolve(GenerateRequest request, const ModelDefaults& defaults, bool prefers_bf16);

}  // namespace newbie::engine
