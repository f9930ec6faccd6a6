#include "cli/request_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/json.h"
#include "cli/options.h"
#include "newbie/error.h"

namespace newbie::cli {
namespace {

/// A field's flags: its name with dashes, and the short ones people know.
std::string flags_of(const std::string& field) {
  static const std::map<std::string, std::string> kShort{
      {"negative", "-n,"}, {"width", "-W,"}, {"height", "-H,"}, {"seed", "-s,"}};
  const auto found = kShort.find(field);
  return (found == kShort.end() ? "" : found->second) + flag_of(field);
}

std::string group_title(std::string group) {
  group[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(group[0])));
  return group;
}

/// Turns every described field into an option.
struct OptionAdder {
  CLI::App& command;

  template <class T>
  void operator()(T& value, const FieldInfo& info) const {
    if (std::string_view(info.name) == "prompt") return;
    option(value, info)->group(group_title(info.group));
  }

 private:
  template <class T>
  CLI::Option* option(T& value, const FieldInfo& info) const {
    const std::string flags = flags_of(info.name);
    if constexpr (std::is_same_v<T, bool>) {
      return command.add_flag(flags, value, info.sentence);
    } else if constexpr (std::is_same_v<T, std::string>) {
      CLI::Option* text = info.choices.empty()
                              ? command.add_option(flags, value, info.sentence)
                              : add_choice(command, flags, value, info.choices, info.sentence);
      return value.empty() ? text : text->default_str(value);
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      return command.add_option(flags, value, info.sentence)->delimiter(',');
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      return command.add_option(flags, value, info.sentence)->allow_extra_args(false);
    } else if constexpr (std::is_same_v<T, ByteSize>) {
      return command.add_option_function<std::string>(
          flags, [&value](const std::string& text) { value = parse_byte_size(text); },
          info.sentence);
    } else {
      CLI::Option* number = command.add_option(flags, value, info.sentence);
      if constexpr (std::is_arithmetic_v<T>) number->default_str(fmt::format("{}", value));
      return number;
    }
  }
};

}  // namespace

std::string flag_of(const std::string& field) {
  std::string flag = "--" + field;
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void add_request_options(CLI::App& command, GenerateRequest& request) {
  request.describe(OptionAdder{command});
}

void apply_given_fields(const CLI::App& command, const GenerateRequest& flags,
                        GenerateRequest& request) {
  const Json given = Json::parse(to_json(flags));
  Json merged = Json::parse(to_json(request));
  for (const auto& [field, value] : given.items()) {
    const CLI::Option* option = command.get_option_no_throw(flag_of(field));
    if (option != nullptr && option->count() > 0) merged[field] = value;
  }
  // Prompts go past JSON, which could not hold bytes that are no UTF-8: the engine complains then.
  std::string prompt = std::move(request.prompt);
  const bool negative = command.get_option_no_throw("--negative")->count() > 0;
  std::string negative_prompt = negative ? flags.negative : std::move(request.negative);
  request = request_from_json(merged.dump());
  request.prompt = std::move(prompt);
  request.negative = std::move(negative_prompt);
}

void set_resolution(GenerateRequest& request, const std::string& resolution) {
  if (resolution.empty()) return;
  const size_t cross = resolution.find_first_of("xX*");
  const auto number = [&](std::string_view digits) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      throw Error("request.size", fmt::format("resolution \"{}\" is not WIDTHxHEIGHT", resolution))
          .hint("for example --resolution 832x1216");
    }
    return value;
  };
  const std::string_view text = resolution;
  request.width = number(text.substr(0, cross));
  request.height = cross == std::string::npos ? request.width : number(text.substr(cross + 1));
}

/// nano, where it came along: in the folder of the sources, or installed beside the program.
std::filesystem::path shipped_model() {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  for (const std::filesystem::path& folder :
       {std::filesystem::path("weights/nano"), program.parent_path() / "../share/newbie/nano"}) {
    if (std::filesystem::exists(folder / "model_index.json", ignored)) return folder;
  }
  return {};
}

void add_engine_options(CLI::App& command, EngineOptions& engine) {
  if (engine.model.empty()) engine.model = shipped_model();
  command.add_option("-m,--model", engine.model, "the model's folder")
      ->type_name("DIR")
      ->envname("NEWBIE_MODEL");
  engine.describe(OptionAdder{command});
}

void take_model_of_recipe(const CLI::App& command, const std::filesystem::path& model,
                          EngineOptions& engine) {
  if (!model.empty() && command.count("--model") == 0) engine.model = model;
}

void require_model(const EngineOptions& engine) {
  if (!engine.model.empty()) return;
  throw Error("request.model", "no model was given")
      .hint(
          "--model FOLDER, or set NEWBIE_MODEL; the folder holds transformer/, text_encoder/, "
          "clip_model/ and vae/");
}

void let_last_win(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_expected_max() == 1) option->take_last();
  }
}

}  // namespace newbie::cli
