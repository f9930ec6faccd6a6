/// Parser against printer: what is printed means what was read, in every layout.

#include <cstdlib>

#include "prompt/canonical.h"
#include "prompt/print.h"
#include "prompt/system_prompt.h"
#include "prompt_input.h"

using namespace newbie::prompt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const FuzzInput input = read_fuzz_input(data, size);
  const Parsed parsed = parse(input.source, input.options);
  if (parsed.kind() == InputKind::json && !parsed.tree.issues.empty()) return 0;
  for (const Issue& issue : parsed.tree.issues) {
    // What is not read is not printed; what is printed of the rest may be longer than the limits
    // allow.
    if (issue.kind == IssueKind::too_deep || issue.kind == IssueKind::too_many_elements) return 0;
  }
  const Prompt tree = canonicalize(parsed.prompt);
  const bool plain = tree.kind == InputKind::tags || tree.kind == InputKind::text;
  for (Layout layout : {Layout::canonical, Layout::readme, Layout::builder, Layout::oneline,
                        Layout::img, Layout::json}) {
    const std::string text = print(tree, layout);
    // Text without markup cannot escape the end of a system prompt.
    if (plain && text.find(kPromptStart) != std::string::npos) return 0;
    const InputKind kind = plain                    ? tree.kind
                           : layout == Layout::json ? InputKind::json
                                                    : InputKind::xml;
    Limits wide;
    wide.bytes = 16 << 20;
    wide.depth = 64;
    wide.elements = 100000;
    const Prompt again = canonicalize(parse(text, {.kind = kind, .limits = wide}).prompt);
    if (again.elements != tree.elements) std::abort();
  }
  return 0;
}
