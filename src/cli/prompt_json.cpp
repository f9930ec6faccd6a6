#include "cli/prompt_json.h"

#include "base/hash.h"

namespace newbie::cli {
namespace {

std::string_view kind_name(prompt::OwnedSpan::Kind kind) {
  switch (kind) {
    case prompt::OwnedSpan::Kind::character:
      return "character";
    case prompt::OwnedSpan::Kind::element:
      return "element";
    case prompt::OwnedSpan::Kind::item:
      return "item";
  }
  return "";
}

}  // namespace

Json span_json(TextSpan span) { return Json::array({span.begin, span.end}); }

Json compiled_json(const prompt::CompiledText& text) {
  Json spans = Json::array();
  for (const prompt::OwnedSpan& span : text.spans) {
    spans.push_back({{"kind", kind_name(span.kind)},
                     {"path", span.path},
                     {"bytes", span_json(span.span)},
                     {"source", span_json(span.source)},
                     {"weight", span.weight}});
  }
  Json weights = Json::array();
  for (const prompt::WeightSpan& weight : text.weights) {
    weights.push_back({{"bytes", span_json(weight.span)}, {"weight", weight.weight}});
  }
  Json regions = Json::array();
  for (const prompt::Region& region : text.regions) {
    Json one = {{"character", region.character}, {"position", region.position}};
    if (region.box) {
      one["box"] = Json::array({region.box->x1, region.box->y1, region.box->x2, region.box->y2});
    }
    regions.push_back(std::move(one));
  }
  return {{"kind", prompt::to_string(text.kind)},
          {"system", text.system_id},
          {"gemma", text.gemma},
          {"jina", text.jina},
          {"caption", text.caption},
          {"gemma_caption_offset", text.gemma_caption_offset},
          {"jina_caption_offset", text.jina_caption_offset},
          {"spans", std::move(spans)},
          {"weights", std::move(weights)},
          {"regions", std::move(regions)},
          {"content_hash", hex64(text.content_hash)}};
}

}  // namespace newbie::cli
