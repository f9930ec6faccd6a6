#pragma once
/// From a request as asked to one in which nothing is left open.

#include <filesystem>

#include "models/model_folder.h"
#include "newbie/request.h"
#include "nn/weight_scope.h"
#include "tensor/device.h"

namespace newbie::engine {

/// Ranges, choices and the rules between fields. Errors: `request.field`, `request.size`,
/// `request.steps`, `request.mask`.
void validate(const GenerateRequest& request);

/// Fills the open fields from the model's defaults. The result, sent again, makes the same picture
/// even where defaults have changed. Error: `request.dtype` for a type that the device cannot use.
GenerateRequest resolve(GenerateRequest request, const ModelDefaults& defaults,
                        const Device& device);

/// What a resolved dtype means for weights and products: fp8 keeps the weights of products in 8
/// bits and everything else in bf16.
nn::WeightUse weight_use(const std::string& dtype, const Device& device, ops::Residency residency);

}  // namespace newbie::engine
