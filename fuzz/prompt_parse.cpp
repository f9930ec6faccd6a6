/// Any bytes: the tree holds every one of them, checks and compilation stay within the text.

#include <cstdlib>

#include "prompt/compile.h"
#include "prompt/lint.h"
#include "prompt_input.h"

using namespace newbie::prompt;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_tiled(const SyntaxTree& tree) {
  for (NodeId id = 0; id < tree.nodes.size(); ++id) {
    const Node& node = tree.node(id);
    if (node.first_child == kNoNode || node.kind == NodeKind::json_string) continue;
    size_t at = node.span.begin;
    for_each_child(tree, id, [&](NodeId child) {
      require(tree.node(child).span.begin == at && tree.node(child).span.end >= at);
      at = tree.node(child).span.end;
    });
    require(at == node.span.end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const FuzzInput input = read_fuzz_input(data, size);
  const Parsed parsed = parse(input.source, input.options);
  require(parsed.source() == input.source);
  require_tiled(parsed.tree);
  for (const Diagnostic& diagnostic : check(parsed)) {
    require(diagnostic.span.begin <= diagnostic.span.end &&
            diagnostic.span.end <= input.source.size());
  }
  CompileOptions options;
  options.parse = input.options;
  options.layout = static_cast<Layout>(size % 7);
  const CompiledText compiled = compile_positive(parsed, options);
  for (const OwnedSpan& owned : compiled.spans) {
    require(owned.span.begin <= owned.span.end && owned.span.end <= compiled.caption.size());
  }
  return 0;
}
