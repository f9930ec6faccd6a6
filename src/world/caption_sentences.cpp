/// Short sentences, English and Chinese. They say who stands where before they say how somebody
/// looks, so that a reader knows whose hair is meant.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "world/caption.h"

namespace newbie::world {
namespace {

const Value& value_of(const Character& who, Trait trait) { return table(trait).values[who[trait]]; }
const Value& value_of(const Scene& scene, SceneTrait trait) {
  return table(trait).values[scene[trait]];
}

/// Decides what a sentence mentions.
struct Teller {
  Random& random;
  double dropped;
  bool says() { return !random.chance(dropped); }
};

std::string with_article(std::string_view noun) {
  const bool vowel =
      !noun.empty() && std::string_view("aeiou").find(noun[0]) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}

std::string joined(const std::vector<std::string>& parts, std::string_view last) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? fmt::format(" {} ", last) : ", ";
    out += parts[i];
  }
  return out;
}

bool eyes_seen(const Character& who) { return who.expression() != Expression::closed_eyes; }

/// "a girl with blonde hair, twintails and blue eyes, wearing a red dress, with glasses, smiling"
std::string describe_english(const Character& who, Teller& teller) {
  std::vector<std::string> looks;
  if (teller.says()) looks.emplace_back(value_of(who, Trait::hair_color).english);
  if (teller.says()) looks.emplace_back(value_of(who, Trait::hair_style).english);
  if (eyes_seen(who) && teller.says()) looks.emplace_back(value_of(who, Trait::eye_color).english);
  std::string out = with_article(value_of(who, Trait::gender).english);
  if (!looks.empty()) out += fmt::format(" with {}", joined(looks, "and"));
  if (teller.says()) {
    const std::string_view clothing = value_of(who, Trait::clothing).english;
    const std::string coloured =
        teller.says() ? fmt::format("{} {}", value_of(who, Trait::clothing_color).english, clothing)
                      : std::string(clothing);
    const bool plural = who.clothing() == Clothing::overalls;
    out += fmt::format(", wearing {}", plural ? coloured : with_article(coloured));
  }
  for (const Trait trait : {Trait::accessory, Trait::expression, Trait::action}) {
    const std::string_view words = value_of(who, trait).english;
    if (!words.empty() && teller.says()) out += fmt::format(", {}", words);
  }
  return out;
}

std::string capital(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] -= 'a' - 'A';
  return sentence;
}

std::string group_english(const Scene& scene) {
  size_t boys = 0;
  for (const Character& who : scene.characters) boys += who.boy();
  const size_t girls = scene.characters.size() - boys;
  constexpr std::string_view kNumbers[] = {"no", "a", "two", "three"};
  std::vector<std::string> groups;
  if (girls > 0) groups.push_back(fmt::format("{} girl{}", kNumbers[girls], girls > 1 ? "s" : ""));
  if (boys > 0) groups.push_back(fmt::format("{} boy{}", kNumbers[boys], boys > 1 ? "s" : ""));
  return joined(groups, "and");
}

/// "on a beach at sunset in the rain"
std::string place_english(const Scene& scene, Teller& teller) {
  std::string out;
  if (teller.says()) out += fmt::format(" {}", value_of(scene, SceneTrait::background).english);
  if (scene.background() != Background::white_background && teller.says()) {
    out += fmt::format(" {}", value_of(scene, SceneTrait::time).english);
  }
  if (scene.weather() != Weather::clear && teller.says()) {
    out += fmt::format(" {}", value_of(scene, SceneTrait::weather).english);
  }
  return out;
}

}  // namespace

std::string english_caption(const Scene& scene, Random& random, double dropped) {
  Teller teller{random, dropped};
  std::string out;
  if (scene.characters.size() == 1) {
    const Character& who = scene.characters[0];
    out = describe_english(who, teller) + place_english(scene, teller);
    if (who.position() != Position::center && teller.says()) {
      out += fmt::format(", {}", value_of(who, Trait::position).english);
    }
    out = capital(out) + ".";
  } else {
    out = capital(group_english(scene) + place_english(scene, teller)) + ".";
    for (const Character& who : scene.characters) {
      out += fmt::format(" {} is {}.", capital(std::string(value_of(who, Trait::position).english)),
                         describe_english(who, teller));
    }
  }
  std::vector<std::string> how;
  if (teller.says()) how.emplace_back(value_of(scene, SceneTrait::framing).english);
  if (teller.says()) how.emplace_back(value_of(scene, SceneTrait::style).english);
  if (!how.empty()) out += fmt::format(" {}.", capital(fmt::format("{}", fmt::join(how, ", "))));
  return out;
}

namespace {

/// "一个女孩，金发、双马尾、蓝眼，穿着红色连衣裙，眼镜，微笑，挥手"
std::string describe_chinese(const Character& who, Teller& teller) {
  std::vector<std::string_view> looks;
  if (teller.says()) looks.push_back(value_of(who, Trait::hair_color).chinese);
  if (teller.says()) looks.push_back(value_of(who, Trait::hair_style).chinese);
  if (eyes_seen(who) && teller.says()) looks.push_back(value_of(who, Trait::eye_color).chinese);
  std::string out = fmt::format("一个{}", value_of(who, Trait::gender).chinese);
  if (!looks.empty()) out += fmt::format("，{}", fmt::join(looks, "、"));
  if (teller.says()) {
    out +=
        fmt::format("，穿着{}{}", teller.says() ? value_of(who, Trait::clothing_color).chinese : "",
                    value_of(who, Trait::clothing).chinese);
  }
  for (const Trait trait : {Trait::accessory, Trait::expression, Trait::action}) {
    const std::string_view words = value_of(who, trait).chinese;
    if (!words.empty() && teller.says()) out += fmt::format("，{}", words);
  }
  return out;
}

}  // namespace

std::string chinese_caption(const Scene& scene, Random& random, double dropped) {
  Teller teller{random, dropped};
  std::string out;
  for (const Character& who : scene.characters) {
    const bool place = scene.characters.size() > 1 || who.position() != Position::center;
    if (place) out += fmt::format("{}是", value_of(who, Trait::position).chinese);
    out += describe_chinese(who, teller) + "。";
  }
  std::vector<std::string_view> around;
  if (teller.says()) around.push_back(value_of(scene, SceneTrait::background).chinese);
  if (scene.background() != Background::white_background && teller.says()) {
    around.push_back(value_of(scene, SceneTrait::time).chinese);
  }
  if (scene.weather() != Weather::clear && teller.says()) {
    around.push_back(value_of(scene, SceneTrait::weather).chinese);
  }
  if (teller.says()) around.push_back(value_of(scene, SceneTrait::style).chinese);
  if (teller.says()) around.push_back(value_of(scene, SceneTrait::framing).chinese);
  if (!around.empty()) out += fmt::format("{}。", fmt::join(around, "，"));
  return out;
}

}  // namespace newbie::world
