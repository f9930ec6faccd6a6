/// `newbie world render|sheet|draw`: pictures of the paper-doll world.

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "base/cancel.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "cli/prompt_source.h"
#include "cli/terminal.h"
#include "image/png.h"
#include "world/dataset.h"
#include "world/scene_prompt.h"
#include "world/sheet.h"

namespace newbie::cli {
namespace {

std::vector<std::string> aspect_names() {
  return {world::aspects().begin(), world::aspects().end()};
}

struct RenderSettings : world::DatasetOptions {
  std::string out;
  std::string aspect = "1:1";
  bool json = false;
  bool quiet = false;
};

void run_render(RenderSettings& settings) {
  settings.aspects = settings.aspect == "all" ? aspect_names() : std::vector{settings.aspect};
  ProgressLine line(settings.quiet);
  const CancelToken cancelled;
  const InterruptHandler interrupts(cancelled);
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
  const auto total = static_cast<int64_t>(settings.count);
  world::write_dataset(
      settings.out, settings,
      [&](uint64_t done) {
        const double rate = static_cast<double>(done) / elapsed();
        line.show({"drawing", static_cast<int64_t>(done), total, elapsed(),
                   static_cast<double>(settings.count - done) / rate});
      },
      cancelled);
  line.clear();
  if (settings.json) {
    const Json json = {
        {"folder", settings.out}, {"pictures", settings.count}, {"seconds", elapsed()}};
    print_out(json.dump(2) + "\n");
  } else if (!settings.quiet) {
    print_out(fmt::format("{} pictures in {}: {:.0f} a second\n", settings.count, settings.out,
                          static_cast<double>(settings.count) / elapsed()));
  }
}

void add_common(CLI::App& command, uint64_t& seed, int& threads) {
  command.add_option("--seed", seed, "another number, other pictures")->capture_default_str();
  command.add_option("--threads", threads, "processors to use; 0 = all")->capture_default_str();
  add_color_option(command);
}

void add_render(CLI::App& group) {
  const auto settings = std::make_shared<RenderSettings>();
  CLI::App& command =
      *group.add_subcommand("render", "Write a training set: pictures, captions and ground truth.");
  command.add_option("-o,--out", settings->out, "the folder to write to")
      ->type_name("FOLDER")
      ->required();
  command.add_option("-n,--count", settings->count, "how many pictures")->capture_default_str();
  command
      .add_option("--first", settings->first,
                  "number of the first one: sets made in pieces fit together")
      ->capture_default_str();
  command
      .add_option("--size", settings->side,
                  "pixels of a square picture's side; other aspects have about the same area")
      ->capture_default_str();
  std::vector<std::string> aspects = aspect_names();
  aspects.push_back("all");
  add_choice(command, "--aspect", settings->aspect, aspects,
             "width to height; all takes them in turn");
  command
      .add_option("--characters", settings->characters,
                  "figures in every picture; 0 = one to three")
      ->check(CLI::Range(0, world::kMostCharacters))
      ->capture_default_str();
  command
      .add_option("--captions", settings->captions, "captions per picture beside the full prompt")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  command.add_flag(
      "--parts", settings->parts,
      "also write part maps: 0 nobody, then 4 values per character (hair, skin, clothes, other)");
  add_common(command, settings->seed, settings->threads);
  command.add_flag("--json", settings->json, "print what was done as JSON");
  command.add_flag("-q,--quiet", settings->quiet, "print nothing but errors");
  add_examples(
      command,
      "writes\n"
      "  FOLDER/1_world/000000.png, .txt   a picture and a caption of it (kohya's layout)\n"
      "  FOLDER/metadata.jsonl             prompt, captions, attributes and boxes, a line each\n"
      "  FOLDER/parts/000000.png           with --parts\n"
      "\n"
      "examples:\n"
      "  newbie world render --count 1000 --seed 7 --out world\n"
      "  newbie world render --count 400 --aspect all --size 384 --parts --out large");
  command.callback([settings] { run_render(*settings); });
}

struct SheetSettings : world::SheetOptions {
  std::string out = "world.png";
  std::string aspect = "1:1";
  int64_t side = 256;
  bool vocabulary = false;
};

void add_sheet(CLI::App& group) {
  const auto settings = std::make_shared<SheetSettings>();
  CLI::App& command = *group.add_subcommand("sheet", "Draw many pictures on one sheet.");
  command.add_option("-o,--out", settings->out, "the sheet's file")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_option("-n,--count", settings->count, "how many pictures")->capture_default_str();
  command.add_option("--columns", settings->columns, "pictures in a row; 0 = about a square")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_option("--size", settings->side, "pixels of a picture's side")->capture_default_str();
  add_choice(command, "--aspect", settings->aspect, aspect_names(), "width to height");
  command
      .add_option("--characters", settings->characters,
                  "figures in every picture; 0 = one to three")
      ->check(CLI::Range(0, world::kMostCharacters))
      ->capture_default_str();
  command.add_flag("--vocabulary", settings->vocabulary,
                   "instead: a row per attribute, a column per value, one figure that changes");
  add_common(command, settings->seed, settings->threads);
  add_examples(command,
               "examples:\n"
               "  newbie world sheet --count 24 --seed 1 -o world.png\n"
               "  newbie world sheet --vocabulary --size 96 -o vocabulary.png");
  command.callback([settings] {
    settings->size = world::size_of(settings->aspect, settings->side);
    if (!settings->vocabulary && (settings->count < 1 || settings->count > 10000)) {
      throw Error("request.usage",
                  fmt::format("a sheet of {} pictures, expected 1 to 10000", settings->count));
    }
    image::write_png(settings->out, settings->vocabulary
                                        ? world::vocabulary_sheet(settings->seed, settings->side,
                                                                  settings->threads)
                                        : world::sample_sheet(*settings));
    print_out(settings->out + "\n");
  });
}

struct DrawSettings {
  SourceArguments source;
  std::string out = "drawn.png";
  std::string parts;
  std::string aspect = "1:1";
  int64_t side = 256;
  int64_t width = 0, height = 0;
  uint64_t seed = 0;
  bool json = false;
};

void print_notes(const world::ReadScene& read) {
  const Style s = style(stderr);
  for (const std::string& what : read.unknown) {
    print_err(fmt::format("{}warning{}: the world cannot draw {}\n", s.yellow, s.reset, what));
  }
  for (const std::string& what : read.assumed) {
    print_err(fmt::format("{}note{}: not said, chosen by the seed: {}\n", s.cyan, s.reset, what));
  }
}

void run_draw(const DrawSettings& settings) {
  const PromptSource source = first_prompt(read_source(settings.source));
  const world::ReadScene read = world::read_scene(source.text, settings.seed);
  world::Size size = world::size_of(settings.aspect, settings.side);
  if (settings.width > 0) size.width = settings.width;
  if (settings.height > 0) size.height = settings.height;
  const world::Rendering drawn = world::render(read.scene, settings.seed, size);
  const std::string xml = world::to_xml(read.scene);
  image::write_png(settings.out, drawn.picture);
  if (!settings.parts.empty()) {
    image::write_png(settings.parts, {size.width, size.height, 1, drawn.parts});
  }
  print_notes(read);
  if (!settings.json) return print_out(settings.out + "\n");
  Json json =
      Json::parse(world::truth_json(read.scene, settings.seed, size, drawn, xml, {}, settings.out));
  json.erase("captions");
  json["unknown"] = read.unknown;
  json["assumed"] = read.assumed;
  print_out(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void add_draw(CLI::App& group) {
  const auto settings = std::make_shared<DrawSettings>();
  CLI::App& command = *group.add_subcommand(
      "draw", "Draw what a prompt says, with the renderer itself: the ground truth.");
  add_one_source(command, settings->source);
  command.add_option("-o,--out", settings->out, "the picture's file")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_option("--seed", settings->seed, "decides what the prompt leaves open")
      ->capture_default_str();
  command.add_option("--size", settings->side, "pixels of a square picture's side")
      ->capture_default_str();
  add_choice(command, "--aspect", settings->aspect, aspect_names(), "width to height");
  command.add_option("--width", settings->width, "pixels, instead of --size and --aspect");
  command.add_option("--height", settings->height, "pixels, instead of --size and --aspect");
  command.add_option("--parts", settings->parts, "also write the part map to this file")
      ->type_name("FILE");
  command.add_flag("--json", settings->json,
                   "print attributes, boxes and what was not understood as JSON");
  add_color_option(command);
  add_examples(
      command,
      "what the world cannot draw is a warning; what a prompt leaves open about a person is\n"
      "chosen by the seed and named.\n"
      "\n"
      "examples:\n"
      "  newbie world draw prompt.xml -o truth.png\n"
      "  newbie world draw --text '1girl, pink_hair, twintails, red_dress, waving' --seed 4\n"
      "  newbie world draw prompt.xml --json | jq .characters[].box");
  command.callback([settings] { run_draw(*settings); });
}

}  // namespace

void add_world_commands(CLI::App& program) {
  CLI::App& group = *program.add_subcommand(
      "world", "The paper-doll world: pictures whose every attribute is known.");
  group.require_subcommand(1);
  add_render(group);
  add_sheet(group);
  add_draw(group);
}

}  // namespace newbie::cli
