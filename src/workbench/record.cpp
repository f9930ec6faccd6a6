#include "workbench/record.h"

#include <fmt/format.h>

#include <span>

#include "base/json.h"
#include "image/png.h"
#include "newbie/engine.h"

namespace newbie::workbench {
namespace {

Hashes hashes(const Json& json, const char* key) {
  return json.contains(key) ? json.at(key).get<Hashes>() : Hashes{};
}

}  // namespace

Record parse_record(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name).value();
  Record record;
  try {
    record.version = json.at("newbie").get<std::string>();
    record.id = json.at("id").get<std::string>();
    record.device_class = json.at("device").get<std::string>();
    record.model_name = json.at("model").get<std::string>();
    record.weights = hashes(json, "weights");
    record.inputs = hashes(json, "inputs");
    record.stages = hashes(json, "hashes");
    record.gemma_text = json.at("texts").at("positive").at("gemma").get<std::string>();
    record.jina_text = json.at("texts").at("positive").at("jina").get<std::string>();
  } catch (const Json::exception& problem) {
    throw Error("recipe.damaged", fmt::format("{}: the recipe is not one that newbie wrote: {}",
                                              name, problem.what()));
  }
  record.request = with_where(fmt::format("{}, made by newbie {}", name, record.version), [&] {
    return request_from_json(json.contains("request") ? json["request"].dump() : "{}");
  });
  record.json = text;
  return record;
}

Record record_of_png(const std::string& bytes, const std::string& name) {
  const image::PngMetadata texts =
      with_where(name, [&] { return image::decode_png_metadata(std::as_bytes(std::span(bytes))); });
  const auto found = texts.find("newbie");
  if (found == texts.end()) {
    throw Error("recipe.none", fmt::format("{} holds no recipe of newbie", name))
        .hint(texts.contains("parameters")
                  ? "another program made it; its `parameters` text is not read"
                  : "only pictures as newbie wrote them can be made again: editors and "
                    "messengers drop the recipe");
  }
  return parse_record(found->second, name);
}

}  // namespace newbie::workbench
