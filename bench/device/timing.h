#pragma once
/// Medians of device times, and the lines that compare.sh joins into its table.

#include <functional>
#include <string_view>

#include "tensor/device.h"

namespace newbie::bench {

/// Median milliseconds of `repeats` runs after `warmups`, each between two events.
double median_ms(const Device& device, int repeats, const std::function<void()>& run,
                 int warmups = 2);

/// "name<TAB>value<TAB>unit" on standard output.
void report(std::string_view name, double value, std::string_view unit);

/// Peak bytes of what `run` takes beyond what lives before it, in MB.
double peak_mb(const Device& device, const std::function<void()>& run);

}  // namespace newbie::bench
