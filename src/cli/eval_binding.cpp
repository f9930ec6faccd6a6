/// `newbie eval binding`: does every attribute land on the character that it was asked for?

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "base/json.h"
#include "cli/eval_pictures.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "eval/fidelity.h"
#include "eval/report.h"
#include "eval/worst.h"
#include "image/compose.h"
#include "image/png.h"

namespace newbie::cli {
namespace {

struct BindingSettings : EvalSettings {
  std::string style = "xml";
  std::string scenes = "plain";
  int characters = 0;
  bool vae_only = false;
  std::string sheet;
  size_t worst = 12;
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

/// What was made for the scenes and what a judge saw: in the model's pictures, and in drawn ones.
struct Looked {
  std::vector<image::Picture> pictures;
  std::vector<eval::JudgedPicture> found, drawn;
};

/// Pictures are judged in groups, which keeps a device busy.
void look(const eval::Judge& judge, const std::vector<world::Scene>& asked,
          const std::vector<image::Picture>& pictures, std::vector<eval::JudgedPicture>& to) {
  const std::vector<eval::Judgement> seen = judge(pictures);
  for (size_t i = 0; i < asked.size(); ++i) to.push_back({asked[i], seen[i].scene});
}

Looked look_at_all(const BindingSettings& settings, const eval::BindingScenes& scenes,
                   eval::PromptStyle style) {
  constexpr int64_t kTogether = 32;
  const eval::Judge judge = settings.judge();
  PictureMaker maker(settings);
  std::optional<eval::VaeTrip> through_vae;
  if (settings.vae_only) through_vae.emplace(settings.engine.model, settings.device());
  Looked looked;
  for (int64_t begin = 0; begin < settings.request.count; begin += kTogether) {
    const int64_t end = std::min(begin + kTogether, settings.request.count);
    std::vector<world::Scene> asked;
    std::vector<image::Picture> made, drawn;
    for (auto i = static_cast<uint64_t>(begin); i < static_cast<uint64_t>(end); ++i) {
      asked.push_back(scenes.scene(i));
      drawn.push_back(settings.drawn(asked.back(), scenes.picture_seed(i)));
      if (through_vae) {
        made.push_back((*through_vae)(drawn.back()));
      } else if (!settings.ground_truth) {
        made.push_back(maker(scenes.prompt(i, style), scenes.picture_seed(i)));
      }
      maker.told(static_cast<int64_t>(i) + 1);
    }
    look(judge, asked, drawn, settings.ground_truth ? looked.found : looked.drawn);
    if (!settings.ground_truth) look(judge, asked, made, looked.found);
    std::ranges::move(settings.ground_truth ? drawn : made, std::back_inserter(looked.pictures));
  }
  maker.clear();
  return looked;
}

void run_binding(const BindingSettings& settings) {
  const eval::PromptStyle style = eval::prompt_style_named(settings.style);
  const eval::BindingScenes scenes(settings.request.seed, settings.characters,
                                   eval::scene_range_named(settings.scenes));
  const Looked looked = look_at_all(settings, scenes, style);
  const eval::BindingReport report = eval::judge(looked.found), ceiling = eval::judge(looked.drawn);
  const std::vector<size_t> worst = eval::worst_of(looked.found, settings.worst);
  write_sheet(settings, scenes, worst, looked.pictures);
  if (settings.json) {
    Json json = Json::parse(eval::to_json(report));
    json["style"] = settings.style;
    json["scenes"] = settings.scenes;
    json["seed"] = settings.request.seed;
    if (!settings.ground_truth) {
      json["classifier_on_drawn_pictures"] = Json::parse(eval::to_json(ceiling));
    }
    json["worst"] = json_of_worst(scenes, style, worst, looked.found);
    return print_out(json.dump(2) + "\n");
  }
  print_out(eval::to_text(report, settings.ground_truth ? nullptr : &ceiling));
  if (!worst.empty()) print_out("\nworst cases: character: seen for asked\n");
  for (const size_t i : worst) {
    print_out(
        fmt::format("  scene {}: {}\n", i, eval::to_text(eval::mistakes_of(looked.found[i]))));
  }
}

}  // namespace

void add_eval_binding(CLI::App& group) {
  const auto settings = std::make_shared<BindingSettings>();
  settings->request.count = 64;
  CLI::App& command = *group.add_subcommand(
      "binding", "Does every attribute land on the character that it was asked for?");
  add_eval_options(command, *settings);
  add_choice(command, "--style", settings->style, {"xml", "tags", "shuffled", "text"},
             "how scenes are put in words");
  command
      .add_option("--characters", settings->characters, "1, 2 or 3; 0 takes two and three in turn")
      ->check(CLI::Range(0, world::kMostCharacters))
      ->capture_default_str();
  command
      .add_flag("--vae-only", settings->vae_only,
                "judge what the world draws, after the model's VAE and back: what is lost there")
      ->excludes("--ground-truth");
  add_choice(command, "--scenes", settings->scenes, {"plain", "all"},
             "plain: where every judged attribute can be seen; all: every style and framing, to "
             "judge those");
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
      "  newbie eval binding --model weights/nano --characters 1 --scenes all --sheet worst.png\n"
      "  newbie eval binding --ground-truth --classifier weights/nano/classifier");
  command.callback([settings] { run_binding(*settings); });
}

}  // namespace newbie::cli
