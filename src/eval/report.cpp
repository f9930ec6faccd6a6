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

/// Every share of a report under its name, in the order of tables.
std::vector<std::pair<std::string, Proportion>> shares_of(const BindingReport& report) {
  std::vector<std::pair<std::string, Proportion>> shares{
      {"binding: right attribute on the right character", report.binding}};
  for (size_t i = 0; i < std::size(kJudged); ++i) {
    shares.emplace_back(world::table(kJudged[i]).name, report.attributes[i]);
  }
  shares.emplace_back("leakage: another character's attribute", report.leakage);
  shares.emplace_back("all hair and clothing colours of a picture", report.all_colors);
  shares.emplace_back("everything in a picture", report.all_attributes);
  shares.emplace_back("number of characters", report.count);
  for (size_t i = 0; i < report.counts.size(); ++i) {
    shares.emplace_back(fmt::format("number of characters: {}", i + 1), report.counts[i]);
  }
  for (size_t t = 0; t < report.scene.size(); ++t) {
    shares.emplace_back(world::scene_traits()[t].name, report.scene[t]);
  }
  return shares;
}

}  // namespace

std::string to_json(const BindingReport& report) {
  Json attributes = Json::object(), scene = Json::object(), counts = Json::object(),
       confusions = Json::array();
  for (size_t i = 0; i < report.counts.size(); ++i) {
    counts[std::to_string(i + 1)] = share_json(report.counts[i]);
  }
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
                     {"counts", std::move(counts)},
                     {"attributes", std::move(attributes)},
                     {"scene", std::move(scene)},
                     {"confusions", std::move(confusions)}};
  return json.dump(2) + "\n";
}

std::string to_text(const BindingReport& report, const BindingReport* ceiling) {
  std::string out = ceiling ? "| | share | 95 % interval | | on drawn pictures |\n"
                              "| --- | ---: | --- | ---: | ---: |\n"
                            : "| | share | 95 % interval | |\n| --- | ---: | --- | ---: |\n";
  const auto shares = shares_of(report);
  const auto ceilings = ceiling ? shares_of(*ceiling) : decltype(shares)();
  for (size_t i = 0; i < shares.size(); ++i) {
    const auto& [name, share] = shares[i];
    if (share.trials == 0) continue;
    const Interval interval = share.wilson();
    out += fmt::format("| {} | {:.3f} | {:.3f} to {:.3f} | {} of {} |", name, share.value(),
                       interval.low, interval.high, share.hits, share.trials);
    out += ceiling ? fmt::format(" {:.3f} |\n", ceilings[i].second.value()) : "\n";
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
