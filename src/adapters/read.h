#pragma once
/// Reading adapter files of every dialect: names, shapes, values and alpha are checked first.

#include <filesystem>
#include <memory>

#include "adapters/adapter.h"
#include "adapters/targets.h"
#include "io/safetensors.h"

namespace newbie::adapters {

/// `path` is a safetensors file, or a folder with adapter_model.safetensors and its config.
/// Modules are matched with `targets`; what a layout of the model splits is put together again.
/// Without targets, modules keep the paths of the file and nothing is compared with a model.
/// Errors: `file.*`, those of SafetensorsFile, `config.*`, `adapter.not_an_adapter`,
/// `adapter.no_match` (not one module is in the model), `adapter.shape_mismatch` (all at once),
/// `adapter.incomplete`, `adapter.mixed_kinds`, `adapter.duplicate`, `adapter.not_finite`,
/// `adapter.unsupported`.
std::shared_ptr<const Adapter> read_adapter(const std::filesystem::path& path,
                                            const Targets* targets);

/// The same from a file that is open.
std::shared_ptr<const Adapter> read_adapter(const io::SafetensorsFile& file,
                                            const Targets* targets);

/// The file that `path` means. Errors: `file.missing`, `adapter.not_an_adapter`, `weights.pickle`.
std::filesystem::path adapter_file(const std::filesystem::path& path);

}  // namespace newbie::adapters
