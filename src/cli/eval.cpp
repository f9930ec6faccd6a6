/// `newbie eval binding|fidelity`: how well a model obeys, and how true its pictures are.

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/eval_pictures.h"
#include "cli/options.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "eval/fidelity.h"
#include "eval/frechet.h"
#include "eval/report.h"
#include "eval/worst.h"
#include "image/compose.h"
#include "image/png.h"

namespace newbie::cli {
namespace {

namespace fs = std::filesystem;

/// What both commands are told.
struct Settings : EvalPictures {
  std::string classifier;
  bool json = false;
};

fs::path classifier_of(const Settings& settings) {
  if (!settings.classifier.empty()) return settings.classifier;
  const fs::path beside = settings.engine.model / "classifier";
  std::error_code ignored;
  if (!settings.engine.model.empty() && fs::is_directory(beside, ignored)) return beside;
  throw Error("request.field", "no classifier was given, and the model's folder has none")
      .hint("--classifier FOLDER; `newbie train classifier` makes one");
}

void add_common(CLI::App& command, Settings& settings) {
  settings.request.width = settings.request.height = 256;
  add_engine_options(command, settings.engine);
  add_request_options(command, settings.request);
  command.add_option("--classifier", settings.classifier,
                     "the folder of the judge; default: classifier/ in the model's folder");
  command.add_flag("--ground-truth", settings.ground_truth,
                   "look at pictures drawn by the world instead of the model's");
  command.add_flag("--json", settings.json, "print everything as JSON");
  command.add_flag("-q,--quiet", settings.quiet, "show no progress");
  add_color_option(command);
}

struct BindingSettings : Settings {
  std::string style = "xml";
  int characters = 0;
  std::string sheet;
  size_t worst = 12;
};

/// The scenes with both kinds of pictures judged.
struct Judged {
  std::vector<eval::JudgedPicture> found, drawn;
};

/// Worst cases, each beside what the world draws for the same words.
void write_sheet(const BindingSettings& settings, const eval::BindingScenes& scenes,
                 const std::vector<size_t>& worst, const std::vector<image::Picture>& pictures) {
  if (settings.sheet.empty() || worst.empty()) return;
  std::vector<image::Picture> cells;
  for (const size_t i : worst) {
    cells.push_back(pictures[i]);
    cells.push_back(settings.drawn(scenes.scene(i), scenes.picture_seed(i)));
  }
  image::ContactSheet sheet;
  sheet.columns = 6;
  image::write_png(settings.sheet, image::contact_sheet(cells, sheet));
}

Json json_of_worst(const eval::BindingScenes& scenes, eval::PromptStyle style,
                   const std::vector<size_t>& worst,
                   const std::vector<eval::JudgedPicture>& judged) {
  Json list = Json::array();
  for (const size_t i : worst) {
    Json mistakes = Json::array();
    for (const eval::Mistake& mistake : eval::mistakes_of(judged[i])) {
      mistakes.push_back({{"character", mistake.character + 1},
                          {"attribute", world::table(mistake.trait).name},
                          {"asked", mistake.asked},
                          {"seen", mistake.seen}});
    }
    list.push_back({{"scene", i},
                    {"seed", scenes.picture_seed(i)},
                    {"prompt", scenes.prompt(i, style)},
                    {"mistakes", std::move(mistakes)}});
  }
  return list;
}

void run_binding(BindingSettings& settings) {
  const eval::PromptStyle style = eval::prompt_style_named(settings.style);
  const eval::Judge judge(classifier_of(settings), Device::cpu(settings.threads()));
  const eval::BindingScenes scenes(settings.request.seed, settings.characters);
  PictureMaker maker(settings);
  Judged judged;
  std::vector<image::Picture> pictures;
  for (int64_t i = 0; i < settings.request.count; ++i) {
    const auto index = static_cast<uint64_t>(i);
    const world::Scene asked = scenes.scene(index);
    const image::Picture truth = settings.drawn(asked, scenes.picture_seed(index));
    pictures.push_back(settings.ground_truth
                           ? truth
                           : maker(scenes.prompt(index, style), scenes.picture_seed(index)));
    judged.found.push_back({asked, judge(pictures.back()).scene});
    if (!settings.ground_truth) judged.drawn.push_back({asked, judge(truth).scene});
    maker.told(i + 1);
  }
  maker.clear();
  const eval::BindingReport report = eval::judge(judged.found);
  const eval::BindingReport ceiling = eval::judge(judged.drawn);
  const std::vector<size_t> worst = eval::worst_of(judged.found, settings.worst);
  write_sheet(settings, scenes, worst, pictures);
  if (settings.json) {
    Json json = Json::parse(eval::to_json(report));
    json["style"] = settings.style;
    json["seed"] = settings.request.seed;
    if (!settings.ground_truth) {
      json["classifier_on_drawn_pictures"] = Json::parse(eval::to_json(ceiling));
    }
    json["worst"] = json_of_worst(scenes, style, worst, judged.found);
    return print_out(json.dump(2) + "\n");
  }
  print_out(eval::to_text(report, settings.ground_truth ? nullptr : &ceiling));
  if (!worst.empty()) print_out("\nworst cases: character: seen for asked\n");
  for (const size_t i : worst) {
    print_out(
        fmt::format("  scene {}: {}\n", i, eval::to_text(eval::mistakes_of(judged.found[i]))));
  }
}

void add_binding(CLI::App& group) {
  const auto settings = std::make_shared<BindingSettings>();
  settings->request.count = 64;
  CLI::App& command = *group.add_subcommand(
      "binding", "Does every attribute land on the character that it was asked for?");
  add_common(command, *settings);
  add_choice(command, "--style", settings->style, {"xml", "tags", "shuffled", "text"},
             "how scenes are put in words");
  command.add_option("--characters", settings->characters, "2 or 3; 0 takes them in turn")
      ->check(CLI::Range(0, world::kMostCharacters))
      ->capture_default_str();
  command.add_option("--sheet", settings->sheet,
                     "write the worst cases to this picture, each beside what the world draws");
  command.add_option("--worst", settings->worst, "how many of them")->capture_default_str();
  add_examples(
      command,
      "--count scenes whose characters share no attribute are drawn by the model and looked\n"
      "at by a classifier, place by place from left to right. What the same classifier finds\n"
      "on pictures that the world draws of these scenes stands beside every figure.\n"
      "\n"
      "examples:\n"
      "  newbie eval binding --model weights/nano --count 512 --characters 2 --json\n"
      "  newbie eval binding --model weights/nano --style shuffled --isolation region\n"
      "  newbie eval binding --ground-truth --classifier weights/nano/classifier");
  command.callback([settings] { run_binding(*settings); });
}

struct FidelitySettings : Settings {
  bool vae_only = false;
};

Json distance_json(FidelitySettings& settings) {
  const eval::Judge judge(classifier_of(settings), Device::cpu(settings.threads()));
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
      settings.engine.model, settings.request.seed, settings.request.count, settings.request.width,
      Device::cpu(settings.threads()), progress.token(),
      [&](int64_t done, int64_t) { progress.told(done); });
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

void add_fidelity(CLI::App& group) {
  const auto settings = std::make_shared<FidelitySettings>();
  settings->request.count = 64;
  CLI::App& command = *group.add_subcommand(
      "fidelity", "How true are pictures: after the VAE, and as a set beside drawn ones?");
  add_common(command, *settings);
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

}  // namespace

void add_eval_commands(CLI::App& program) {
  CLI::App& group = *program.add_subcommand(
      "eval", "Measure a model on the paper-doll world, where everything is known.");
  group.require_subcommand(1);
  add_binding(group);
  add_fidelity(group);
}

}  // namespace newbie::cli
