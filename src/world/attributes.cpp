#include "world/attributes.h"

#include <array>

namespace newbie::world {
namespace {

constexpr Value kHairColors[] = {
    {"blonde_hair", "appearance", "blonde hair", "金发"},
    {"brown_hair", "appearance", "brown hair", "棕发"},
    {"black_hair", "appearance", "black hair", "黑发"},
    {"blue_hair", "appearance", "blue hair", "蓝发"},
    {"pink_hair", "appearance", "pink hair", "粉发"},
    {"red_hair", "appearance", "red hair", "红发"},
    {"green_hair", "appearance", "green hair", "绿发"},
    {"purple_hair", "appearance", "purple hair", "紫发"},
    {"grey_hair", "appearance", "grey hair", "银发"},
    {"orange_hair", "appearance", "orange hair", "橙发"},
};
constexpr Value kHairStyles[] = {
    {"short_hair", "appearance", "short hair", "短发"},
    {"bob_cut", "appearance", "a bob cut", "波波头"},
    {"long_hair", "appearance", "long hair", "长发"},
    {"twintails", "appearance", "twintails", "双马尾"},
    {"ponytail", "appearance", "a ponytail", "马尾"},
    {"twin_braids", "appearance", "twin braids", "双麻花辫"},
    {"drill_hair", "appearance", "drill hair", "钻头卷"},
    {"double_bun", "appearance", "a double bun", "双丸子头"},
};
constexpr Value kEyeColors[] = {
    {"blue_eyes", "appearance", "blue eyes", "蓝眼"},
    {"red_eyes", "appearance", "red eyes", "红眼"},
    {"green_eyes", "appearance", "green eyes", "绿眼"},
    {"brown_eyes", "appearance", "brown eyes", "棕眼"},
    {"purple_eyes", "appearance", "purple eyes", "紫眼"},
    {"yellow_eyes", "appearance", "yellow eyes", "黄眼"},
    {"aqua_eyes", "appearance", "aqua eyes", "水色眼"},
    {"pink_eyes", "appearance", "pink eyes", "粉眼"},
};
constexpr Value kExpressions[] = {
    {"smile", "expression", "smiling", "微笑"},
    {"open_mouth", "expression", "with an open mouth", "张嘴"},
    {"closed_eyes", "expression", "with closed eyes", "闭眼"},
    {"angry", "expression", "looking angry", "生气"},
    {"sad", "expression", "looking sad", "悲伤"},
    {"blush", "expression", "blushing", "脸红"},
    {"surprised", "expression", "looking surprised", "惊讶"},
};
constexpr Value kClothings[] = {
    {"serafuku", "clothing", "serafuku", "水手服"}, {"dress", "clothing", "dress", "连衣裙"},
    {"hoodie", "clothing", "hoodie", "连帽衫"},     {"kimono", "clothing", "kimono", "和服"},
    {"suit", "clothing", "suit", "西装"},           {"t-shirt", "clothing", "t-shirt", "T恤"},
    {"overalls", "clothing", "overalls", "背带裤"},
};
constexpr Value kClothingColors[] = {
    {"red", "clothing", "red", "红色"},       {"blue", "clothing", "blue", "蓝色"},
    {"green", "clothing", "green", "绿色"},   {"yellow", "clothing", "yellow", "黄色"},
    {"purple", "clothing", "purple", "紫色"}, {"white", "clothing", "white", "白色"},
    {"black", "clothing", "black", "黑色"},   {"pink", "clothing", "pink", "粉色"},
};
constexpr Value kAccessories[] = {
    {"", "", "", ""},
    {"cat_ears", "appearance", "with cat ears", "猫耳"},
    {"hair_bow", "clothing", "with a hair bow", "头上蝴蝶结"},
    {"glasses", "clothing", "with glasses", "眼镜"},
    {"straw_hat", "clothing", "with a straw hat", "草帽"},
    {"hair_flower", "clothing", "with a hair flower", "头花"},
    {"headphones", "clothing", "with headphones", "耳机"},
    {"scarf", "clothing", "with a scarf", "围巾"},
};
constexpr Value kActions[] = {
    {"standing", "action", "standing", "站立"},
    {"waving", "action", "waving", "挥手"},
    {"arms_up", "action", "with both arms up", "双臂举起"},
    {"holding_umbrella", "action", "holding an umbrella", "撑伞"},
    {"hands_on_own_hips", "action", "with hands on the hips", "双手叉腰"},
};
constexpr Value kPositions[] = {
    {"left", "position", "on the left", "画面左侧"},
    {"center", "position", "in the middle", "画面中央"},
    {"right", "position", "on the right", "画面右侧"},
};
constexpr Value kGenders[] = {
    {"1girl", "gender", "girl", "女孩"},
    {"1boy", "gender", "boy", "男孩"},
};
constexpr Value kBackgrounds[] = {
    {"white_background", "background", "on a white background", "白色背景"},
    {"field", "background", "in a field", "田野"},
    {"beach", "background", "on a beach", "海滩"},
    {"city", "background", "in a city", "城市"},
    {"forest", "background", "in a forest", "森林"},
    {"classroom", "background", "in a classroom", "教室"},
    {"cherry_blossoms", "background", "under cherry blossoms", "樱花"},
    {"shrine", "background", "at a shrine", "神社"},
};
constexpr Value kWeathers[] = {
    {"", "", "", ""},
    {"rain", "environment", "in the rain", "下雨"},
    {"snow", "environment", "in the snow", "下雪"},
    {"fog", "environment", "in the fog", "雾"},
    {"wind", "environment", "in the wind", "刮风"},
};
constexpr Value kTimes[] = {
    {"day", "environment", "by day", "白天"},
    {"sunset", "environment", "at sunset", "日落"},
    {"night", "environment", "at night", "夜晚"},
};
constexpr Value kStyles[] = {
    {"cel_shading", "style", "cel shading", "赛璐璐"},
    {"flat_color", "style", "flat colors", "平涂"},
    {"sketch", "style", "a sketch", "素描"},
    {"monochrome", "style", "monochrome", "黑白"},
};
constexpr Value kFramings[] = {
    {"full_body", "perspective", "full body", "全身"},
    {"upper_body", "perspective", "upper body", "上半身"},
    {"portrait", "perspective", "portrait", "肖像"},
};

constexpr std::array<TraitTable, kTraitCount> kCharacterTraits = {{
    {"hair_color", kHairColors},
    {"hair_style", kHairStyles},
    {"eye_color", kEyeColors},
    {"expression", kExpressions},
    {"clothing", kClothings},
    {"clothing_color", kClothingColors},
    {"accessory", kAccessories},
    {"action", kActions},
    {"position", kPositions},
    {"gender", kGenders},
}};
constexpr std::array<TraitTable, kSceneTraitCount> kSceneTraits = {{
    {"background", kBackgrounds},
    {"weather", kWeathers},
    {"time", kTimes},
    {"style", kStyles},
    {"framing", kFramings},
}};

}  // namespace

std::span<const TraitTable> character_traits() { return kCharacterTraits; }
std::span<const TraitTable> scene_traits() { return kSceneTraits; }
const TraitTable& table(Trait trait) { return kCharacterTraits[static_cast<size_t>(trait)]; }
const TraitTable& table(SceneTrait trait) { return kSceneTraits[static_cast<size_t>(trait)]; }

}  // namespace newbie::world
