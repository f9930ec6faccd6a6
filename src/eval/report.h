#pragma once
/// Reports as JSON and as tables for people.

#include <string>

#include "eval/binding.h"

namespace newbie::eval {

/// One object; `binding_accuracy` is the number to compare. Every share comes with hits, trials and
/// its 95 % interval; confusions list what was taken for what, most frequent first.
std::string to_json(const BindingReport& report);

/// A Markdown table of every share with its interval, then the most frequent confusions. With
/// `ceiling`, what the same judge finds on drawn pictures of the same scenes stands beside each.
std::string to_text(const BindingReport& report, const BindingReport* ceiling = nullptr);

}  // namespace newbie::eval
