#include "engine/memory_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/loaded_model.h"
#include "engine/resolve.h"
#include "engine/run.h"
#include "support/golden_folder.h"

namespace newbie::engine {
namespace {

GenerateRequest small_request() {
  GenerateRequest request;
  request.prompt = "1girl, solo, blue_hair, rain";
  request.width = 128;
  request.height = 96;
  request.steps = 4;
  return request;
}

/// What a request took, in truth.
MemoryReport measured(const EngineOptions& options, const GenerateRequest& request,
                      const MemoryPolicy& policy, PromptLengths& lengths) {
  LoadedModel model(options);
  const GenerateRequest resolved = resolve(request, model.defaults, model.device);
  model.prepare(resolved);
  model.set_policy(policy);
  const Tokenizers tokenizers = load_tokenizers(model.folder);
  const PreparedPrompt prompt = prepare_prompt(resolved, tokenizers, {});
  lengths = {PromptLength::of(prompt.positive), PromptLength::of(prompt.negative)};
  GenerateEvents events;
  Run(model, resolved, events)();
  return model.device.allocator().report();
}

void expect_within(uint64_t planned, uint64_t real, double share, const std::string& what) {
  const auto allowed = static_cast<double>(real) * share;
  EXPECT_NEAR(static_cast<double>(planned), static_cast<double>(real), allowed) << what;
}

/// Every component and the sum, within three per cent.
void expect_alike(const MemoryReport& planned, const MemoryReport& real) {
  constexpr double kShare = 0.03;
  for (size_t c = 0; c < kComponents; ++c) {
    for (size_t u = 0; u < kMemoryUses; ++u) {
      const auto component = static_cast<Component>(c);
      const auto use = static_cast<MemoryUse>(u);
      expect_within(planned.of(component, use).peak, real.of(component, use).peak, kShare,
                    fmt::format("{} {}", name_of(component), name_of(use)));
    }
  }
  expect_within(planned.total.peak, real.total.peak, kShare, "all at once");
}

class MemoryPlanTest : public ::testing::TestWithParam<const char*> {};

TEST_P(MemoryPlanTest, IsWhatARequestTakesOnTheHost) {
  EngineOptions options;
  options.model = test::golden_model_folder();
  options.device = "cpu";
  options.threads = 1;
  GenerateRequest request = small_request();
  request.dtype = GetParam();
  for (const int64_t batch : {1, 3}) {
    request.count = request.batch = batch;
    PromptLengths lengths;
    const MemoryReport real = measured(options, request, {}, lengths);
    const LoadedModel model(options);
    const GenerateRequest resolved = resolve(request, model.defaults, model.device);
    const MemoryPlan plan = plan_memory({.model = model.folder,
                                         .request = resolved,
                                         .lengths = lengths,
                                         .kind = DeviceKind::cpu,
                                         .capability = 0,
                                         .keep_loaded = false,
                                         .preview = false,
                                         .threads = 1},
                                        {});
    SCOPED_TRACE(fmt::format("batch {}", batch));
    expect_alike(plan.report, real);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, MemoryPlanTest, ::testing::Values("f32", "bf16"));

}  // namespace
}  // namespace newbie::engine
