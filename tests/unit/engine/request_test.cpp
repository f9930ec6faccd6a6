#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/resolve.h"
#include "newbie/engine.h"
#include "support/errors.h"

namespace newbie {
namespace {

using test::code_of;

TEST(Request, JsonRoundTripKeepsEveryField) {
  GenerateRequest request;
  request.prompt = "1girl, 雨";
  request.steps = 12;
  request.cfg = 3.5;
  request.sigmas = {1, 0.5, 0};
  request.seed = 18446744073709551615u;
  request.lenient = true;
  const std::string json = to_json(request);
  EXPECT_EQ(to_json(request_from_json(json)), json);
  const GenerateRequest again = request_from_json(json);
  EXPECT_EQ(again.prompt, request.prompt);
  EXPECT_EQ(again.seed, request.seed);
  EXPECT_EQ(again.sigmas, request.sigmas);
  EXPECT_EQ(again.shift, std::nullopt);
}

TEST(Request, JsonRefusesUnknownFieldsAndWrongTypes) {
  EXPECT_EQ(code_of([] { request_from_json(R"({"stepz": 3})"); }), "request.unknown_field");
  EXPECT_EQ(code_of([] { request_from_json(R"({"steps": "three"})"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json(R"({"seed": -1})"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json(R"({"sigmas": [1, "x"]})"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json(R"({"steps": 0})"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json(R"({"sampler": "eulr"})"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json("[]"); }), "request.field");
  EXPECT_EQ(code_of([] { request_from_json("{"); }), "json.syntax");
}

TEST(Request, ValidationNamesTheFieldAndTheNearestChoice) {
  GenerateRequest request;
  request.sampler = "eulr";
  try {
    engine::validate(request);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "request.field");
    EXPECT_EQ(error.facts().at("field"), "sampler");
    EXPECT_EQ(error.hint_text(), "did you mean \"euler\"?");
  }
}

TEST(Request, TilesHaveALeastSize) {
  GenerateRequest request;
  for (const int64_t tile : {-1, 0, 32, 100}) {
    request.vae_tile = tile;
    EXPECT_NO_THROW(engine::validate(request)) << tile;
  }
  for (const int64_t tile : {-2, 1, 5, 31}) {
    request.vae_tile = tile;
    EXPECT_EQ(code_of([&] { engine::validate(request); }), "request.field") << tile;
  }
}

TEST(Request, EveryFieldHasASentenceAndItsDefaultIsInRange) {
  GenerateRequest request;
  EXPECT_NO_THROW(engine::validate(request));
  request.describe([](const auto&, const FieldInfo& info) {
    EXPECT_GT(std::string_view(info.sentence).size(), 10u) << info.name;
    EXPECT_GT(std::string_view(info.group).size(), 0u) << info.name;
  });
}

TEST(Request, ResolvingClosesEveryOpenFieldOnceAndForAll) {
  GenerateRequest request;
  const ModelDefaults defaults{
      .shift = 2, .steps = 9, .guidance_scale = 2.5, .width = 256, .height = 384};
  const Device here = Device::cpu(1);
  const GenerateRequest resolved = engine::resolve(request, defaults, here);
  EXPECT_EQ(resolved.steps, 9);
  EXPECT_EQ(resolved.shift, 2.0);
  EXPECT_EQ(resolved.cfg, 2.5);
  EXPECT_EQ(resolved.width, 256);
  EXPECT_EQ(resolved.height, 384);
  EXPECT_EQ(resolved.dtype, here.prefers_bf16() ? "bf16" : "f32");
  EXPECT_EQ(resolved.vae_dtype, "f32");
  const GenerateRequest elsewhere = engine::resolve(resolved, {}, here);
  EXPECT_EQ(to_json(elsewhere), to_json(resolved));
  request.sigmas = {1, 0.6, 0.3, 0};
  EXPECT_EQ(engine::resolve(request, defaults, here).steps, 3);
}

TEST(Request, AModelFolderCannotAskForASizeThatNobodyCanDraw) {
  try {
    engine::resolve({}, {.width = 250}, Device::cpu(1));
    ADD_FAILURE() << "250 is no multiple of 16";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "request.size");
  }
}

}  // namespace
}  // namespace newbie
