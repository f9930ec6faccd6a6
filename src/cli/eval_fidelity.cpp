/// `newbie eval fidelity`: how true pictures are, after the VAE and as a set.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/json.h"
#include "cli/eval_pictures.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "eval/fidelity.h"
#include "eval/frechet.h"

namespace newbie::cli {
namespace {

struct FidelitySettings : EvalSettings {
  bool vae_only = false;
};

Json distance_json(FidelitySettings& settings) {
  const eval::Judge judge = settings.judge();
  const world::Sampler sampler(settings.request.seed);
  PictureMaker maker(settings);
  std::vector<std::vector<float>> made, drawn, others;
  for (int64_t i = 0; i < settings.request.count; ++i) {
    const auto index = static_cast<uint64_t>(i);
    const world::Scene scene = sampler.scene(index);
    const uint64_t seed = sampler.picture_seed(index);
    const image::Picture truth = settings.drawn(scene, seed);
    drawn.push_back(judge(truth).features);
    // The same scenes drawn with other chances: as near as another set can be.
    others.push_back(judge(settings.drawn(scene, ~seed)).features);
    if (!settings.ground_truth) {
      made.push_back(judge(maker(world::to_xml(scene), seed)).features);
    }
    maker.told(i + 1);
  }
  maker.clear();
  Json json{{"between_drawn_sets", eval::frechet_distance(drawn, others)}};
  if (!settings.ground_truth) json["distance"] = eval::frechet_distance(made, drawn);
  return json;
}

Json reconstruction_json(const FidelitySettings& settings) {
  EvalProgress progress(settings.quiet, "reconstruct", settings.request.count);
  const auto values = eval::reconstruction_psnr(
      settings.engine.model, settings.request.seed, settings.request.count, *settings.request.width,
      settings.device(), progress.token(), [&](int64_t done, int64_t) { progress.told(done); });
  const eval::MeanAndError mean = eval::mean_of(values);
  return {{"psnr", mean.mean},
          {"standard_error", mean.error},
          {"lowest", *std::ranges::min_element(values)}};
}

void run_fidelity(FidelitySettings& settings) {
  if (settings.request.count < 2) {
    throw Error("request.field", "count is 1, expected at least 2: a set has a spread");
  }
  Json json{{"pictures", settings.request.count}, {"seed", settings.request.seed}};
  if (!settings.engine.model.empty()) json["reconstruction"] = reconstruction_json(settings);
  if (!settings.vae_only) json["frechet"] = distance_json(settings);
  if (settings.json) return print_out(json.dump(2) + "\n");
  if (const auto found = json.find("reconstruction"); found != json.end()) {
    print_out(fmt::format("VAE: {:.2f} dB (standard error {:.2f}, lowest {:.2f})\n",
                          (*found)["psnr"].get<double>(), (*found)["standard_error"].get<double>(),
                          (*found)["lowest"].get<double>()));
  }
  if (const auto found = json.find("frechet"); found != json.end()) {
    if (found->contains("distance")) {
      print_out(fmt::format("Frechet distance to drawn pictures: {:.3f}\n",
                            (*found)["distance"].get<double>()));
    }
    print_out(fmt::format("between two drawn sets of the same scenes: {:.3f}\n",
                          (*found)["between_drawn_sets"].get<double>()));
  }
}

}  // namespace

void add_eval_fidelity(CLI::App& group) {
  const auto settings = std::make_shared<FidelitySettings>();
  settings->request.count = 64;
  CLI::App& command = *group.add_subcommand(
      "fidelity", "How true are pictures: after the VAE, and as a set beside drawn ones?");
  add_eval_options(command, *settings);
  command.add_flag("--vae-only", settings->vae_only, "measure the VAE alone");
  add_examples(
      command,
      "the distance is Frechet's, of the classifier's features; it shrinks with --count, so\n"
      "compare it with the distance between two drawn sets of the same size.\n"
      "\n"
      "examples:\n"
      "  newbie eval fidelity --model weights/nano --count 512\n"
      "  newbie eval fidelity --model weights/nano --vae-only --json");
  command.callback([settings] { run_fidelity(*settings); });
}

}  // namespace newbie::cli
