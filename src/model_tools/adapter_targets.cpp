#include "model_tools/adapter_targets.h"

#include "model_tools/presets.h"

namespace newbie::model_tools {
namespace {

void add(adapters::Targets& targets, const PartDescription& description) {
  if (description.part == Part::vae) return;
  targets.add(description.network, description.expected, description.layouts);
}

}  // namespace

adapters::Targets targets_of(const OpenedModel& model) {
  adapters::Targets targets;
  for (const OpenedPart& part : model.parts) add(targets, part.description);
  return targets;
}

adapters::Targets published_targets() {
  adapters::Targets targets;
  for (const PartDescription& description : preset("newbie-exp0.1").parts)
    add(targets, description);
  return targets;
}

}  // namespace newbie::model_tools
