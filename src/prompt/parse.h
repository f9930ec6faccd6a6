#pragma once
/// From bytes to a lossless tree and its meaning. Never throws on any input.

#include <string>

#include "prompt/prompt.h"
#include "prompt/tree.h"

namespace newbie::prompt {

struct Limits {
  size_t bytes = 64 << 10;
  size_t depth = 16;
  size_t elements = 1000;
};

struct ParseOptions {
  InputKind kind = InputKind::automatic;  ///< automatic: detect_kind decides
  Limits limits;
};

struct Parsed {
  SyntaxTree tree;
  Prompt prompt;

  std::string_view source() const { return tree.source(); }
  InputKind kind() const { return tree.kind; }
};

/// Reads a prompt. `prompt` keeps the author's order, duplicates and spelling of items; names are
/// canonical, wrappers gone, misplaced elements still where they were written: see canonicalize().
/// Cost: linear in the source.
Parsed parse(std::string source, const ParseOptions& options = {});

/// The kind of a text, by the tests of the language page in their order.
InputKind detect_kind(std::string_view source);

}  // namespace newbie::prompt
