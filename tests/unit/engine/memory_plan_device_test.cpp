/// On NVIDIA devices: what the plan says is what the allocator sees, for every policy. The tiny
/// model always; a model of full size too where NEWBIE_TEST_MODEL names one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/loaded_model.h"
#include "engine/memory_plan.h"
#include "engine/resolve.h"
#include "engine/run.h"
#include "support/accelerators.h"
#include "support/golden_folder.h"

namespace newbie::engine {
namespace {

struct Setting {
  std::filesystem::path model;
  int64_t side;
};

std::vector<Setting> settings() {
  std::vector<Setting> all{{test::golden_model_folder(), 128}};
  if (const char* full = std::getenv("NEWBIE_TEST_MODEL")) all.push_back({full, 1024});
  return all;
}

MemoryQuestion question_of(const LoadedModel& model, const GenerateRequest& resolved) {
  const Tokenizers tokenizers = load_tokenizers(model.folder);
  const PreparedPrompt prompt = prepare_prompt(resolved, tokenizers, {});
  MemoryQuestion question;
  question.model = model.folder;
  question.request = resolved;
  question.lengths = {PromptLength::of(prompt.positive), PromptLength::of(prompt.negative)};
  question.capability = model.device.capability();
  question.threads = model.device.threads();
  return question;
}

/// Peaks of a real run under `policy`, chosen by name and by the tile.
MemoryReport measured(const Setting& setting, GenerateRequest request, const MemoryPolicy& policy) {
  EngineOptions options;
  options.model = setting.model;
  options.device = "cuda";
  options.offload = name_of(policy.offload);
  request.vae_tile = policy.vae_tile;
  LoadedModel model(options);
  const GenerateRequest resolved = resolve(request, model.defaults, model.device);
  model.prepare(resolved);
  GenerateEvents events;
  Run(model, resolved, events)();
  return model.device.allocator().report();
}

TEST(MemoryPlanOnDevices, IsWhatTheAllocatorSees) {
  constexpr double kShare = 0.03;
  for (const Device& device : test::accelerators()) {
    for (const Setting& setting : settings()) {
      GenerateRequest request;
      request.prompt = "1girl, solo, blue_hair, rain";
      request.width = request.height = setting.side;
      request.steps = 3;
      EngineOptions options;
      options.model = setting.model;
      options.device = "cpu";
      const LoadedModel model(options);
      const GenerateRequest resolved = resolve(request, model.defaults, device);
      MemoryQuestion question = question_of(model, resolved);
      question.capability = device.capability();
      for (const MemoryPolicy& policy :
           {MemoryPolicy{Offload::none, 0}, MemoryPolicy{Offload::encoders, 0},
            MemoryPolicy{Offload::all, setting.side / 2}}) {
        const MemoryReport planned = plan_memory(question, policy).report;
        const MemoryReport real = measured(setting, request, policy);
        const auto compare = [&](std::string_view name, uint64_t plan, uint64_t found) {
          fmt::print("memory plan: {} px, offload {}, {}: planned {}, found {}\n", setting.side,
                     name_of(policy.offload), name, plan, found);
          EXPECT_NEAR(static_cast<double>(plan), static_cast<double>(found),
                      kShare * static_cast<double>(found))
              << name << ", " << setting.model << ", offload " << name_of(policy.offload);
        };
        for (size_t c = 0; c < kComponents; ++c) {
          for (size_t u = 0; u < kMemoryUses; ++u) {
            const auto component = static_cast<Component>(c);
            const auto use = static_cast<MemoryUse>(u);
            compare(fmt::format("{} {}", name_of(component), name_of(use)),
                    planned.of(component, use).peak, real.of(component, use).peak);
          }
        }
        compare("at once", planned.total.peak, real.total.peak);
      }
    }
  }
}

}  // namespace
}  // namespace newbie::engine
