#include "eval/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace newbie::eval {
namespace {

constexpr size_t kMostConfusions = 12;

std::string_view tag_of(world::Trait trait, size_t value) {
  const auto values = world::table(trait).values;
  if (value >= values.size()) return "nobody";
  return values[value].tag.empty() ? "none" : values[value].tag;
}

/// What was taken for what.
struct Confusion {
  world::Trait trait;
  size_t asked, seen;
  int64_t count;
};

std::vector<Confusion> confusions_of(const BindingReport& report) {
  std::vector<Confusion> found;
  for (const ConfusionTable& table : report.confusions) {
    for (size_t asked = 0; asked < table.values; ++asked) {
      for (size_t seen = 0; seen <= table.values; ++seen) {
        const int64_t count = table.at(asked, seen);
        if (count > 0 && seen != asked) found.push_back({table.trait, asked, seen, count});
      }
    }
  }
  std::ranges::stable_sort(found, std::greater<>(), &Confusion::count);
  return found;
}

Json share_json(const Proportion& share) {
  const Interval interval = share.wilson();
  return {{"value", share.value()},
          {"low", interval.low},
          {"high", interval.high},
          {"hits", share.hits},
          {"trials", share.trials}};
}

std::string row(std::string_view name, const Proportion& share) {
  const Interval interval = share.wilson();
  return fmt::format("| {} | {:.3f} | {:.3f} to {:.3f} | {} of {} |\n", name, share.value(),
                     interval.low, interval.high, share.hits, share.trials);
}

}  // namespace

std::string to_json(const BindingReport& report) {
  Json attributes = Json::object(), scene = Json::object(), confusions = Json::array();
  for (size_t i = 0; i < std::size(kJudged); ++i) {
    attributes[std::string(world::table(kJudged[i]).name)] = share_json(report.attributes[i]);
  }
  for (size_t t = 0; t < report.scene.size(); ++t) {
    scene[std::string(world::scene_traits()[t].name)] = share_json(report.scene[t]);
  }
  for (const Confusion& one : confusions_of(report)) {
    confusions.push_back({{"attribute", world::table(one.trait).name},
                          {"asked", tag_of(one.trait, one.asked)},
                          {"seen", tag_of(one.trait, one.seen)},
                          {"count", one.count}});
  }
  const Json json = {{"pictures", report.pictures},
                     {"binding_accuracy", report.binding_accuracy()},
                     {"binding", share_json(report.binding)},
                     {"leakage", share_json(report.leakage)},
                     {"all_colors", share_json(report.all_colors)},
                     {"all_attributes", share_json(report.all_attributes)},
                     {"count", share_json(report.count)},
                     {"attributes", std::move(attributes)},
                     {"scene", std::move(scene)},
                     {"confusions", std::move(confusions)}};
  return json.dump(2) + "\n";
}

std::string to_text(const BindingReport& report) {
  std::string out = "| | share | 95 % interval | |\n| --- | ---: | --- | ---: |\n";
  out += row("binding: right attribute on the right character", report.binding);
  for (size_t i = 0; i < std::size(kJudged); ++i) {
    out += row(world::table(kJudged[i]).name, report.attributes[i]);
  }
  out += row("leakage: another character's attribute", report.leakage);
  out += row("all hair and clothing colours of a picture", report.all_colors);
  out += row("everything in a picture", report.all_attributes);
  out += row("number of characters", report.count);
  for (size_t t = 0; t < report.scene.size(); ++t) {
    out += row(world::scene_traits()[t].name, report.scene[t]);
  }
  const std::vector<Confusion> confusions = confusions_of(report);
  if (confusions.empty()) return out;
  out += "\n| asked | seen | times |\n| --- | --- | ---: |\n";
  for (size_t i = 0; i < std::min(confusions.size(), kMostConfusions); ++i) {
    const Confusion& one = confusions[i];
    out += fmt::format("| {} | {} | {} |\n", tag_of(one.trait, one.asked),
                       tag_of(one.trait, one.seen), one.count);
  }
  return out;
}

}  // namespace newbie::eval
