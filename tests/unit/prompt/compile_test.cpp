/// What each encoder reads, and who owns which bytes of it.

#include "prompt/compile.h"

#include "base/error.h"
#include "prompt/system_prompt.h"
#include "support.h"

namespace newbie::prompt {
namespace {

const std::string kXml =
    "<character_1 bbox=\"0,0,500,1000\">\n<n>rem</n>\n<appearance>(blue_hair:1.2), "
    "short_hair</appearance>\n"
    "<position>left</position>\n</character_1>\n\n<caption>Rem smiles.</caption>";

TEST(Compile, picks_the_system_prompt_by_kind) {
  EXPECT_EQ(compile(kXml).positive.system_id, "train-xml");
  EXPECT_EQ(compile("1girl, solo, smile").positive.system_id, "train-text");
  EXPECT_EQ(compile("A girl.").positive.gemma,
            "You are an assistant designed to generate high-quality anime images with the highest "
            "degree of "
            "image-text alignment based on textual prompts. <Prompt Start> A girl.");
  EXPECT_EQ(compile("A girl.").positive.jina, "A girl.");
}

TEST(Compile, every_preset_precedes_the_caption_byte_by_byte) {
  for (const SystemPrompt& preset : system_prompts()) {
    CompileOptions options;
    options.system = preset.id;
    const CompiledText compiled = compile("A girl.", "", options).positive;
    EXPECT_EQ(compiled.gemma, std::string(preset.text) + "A girl.");
    EXPECT_EQ(compiled.system_id, preset.id);
    EXPECT_EQ(compiled.gemma_caption_offset, preset.text.size());
  }
  CompileOptions custom;
  custom.system = "custom";
  custom.custom_system = "Draw: ";
  EXPECT_EQ(compile("A girl.", "", custom).positive.gemma, "Draw: A girl.");
}

TEST(Compile, names_an_unknown_preset) {
  CompileOptions options;
  options.system = "train-xlm";
  try {
    compile("A girl.", "", options);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "prompt.unknown_system");
    EXPECT_NE(error.hint_text().find("train-xml"), std::string::npos);
  }
}

TEST(Compile, a_system_prompt_in_the_text_is_the_only_one) {
  const CompiledText known =
      compile(std::string(find_system_prompt("comfy-xml")->text) + kXml).positive;
  EXPECT_EQ(known.system_id, "comfy-xml");
  EXPECT_EQ(known.gemma.find(kPromptStart), known.gemma.rfind(kPromptStart));
  EXPECT_EQ(known.gemma.substr(known.gemma_caption_offset), known.caption);
  EXPECT_EQ(compile("Draw well. <Prompt Start>, a girl.").positive.system_id, "source");
  EXPECT_EQ(compile("Draw well. <Prompt Start>, a girl.").positive.gemma,
            "Draw well. <Prompt Start> a girl.");
}

TEST(Compile, raw_sends_the_bytes_as_typed) {
  CompileOptions raw;
  raw.layout = Layout::raw;
  const std::string typed = "Draw. <Prompt Start>\n  <n>(a:1.2) </n><!-- x -->";
  const CompiledText compiled = compile(typed, "", raw).positive;
  EXPECT_EQ(compiled.gemma, typed);
  EXPECT_EQ(compiled.caption, "<n>(a:1.2) </n><!-- x -->");
  EXPECT_TRUE(compiled.weights.empty());
  ASSERT_FALSE(compiled.spans.empty());
  EXPECT_EQ(compiled.spans[0].span.of(compiled.caption), "<n>(a:1.2) </n>");
}

TEST(Compile, treats_the_negative_as_the_option_says) {
  CompileOptions options;
  EXPECT_EQ(compile(kXml, "", options).negative.gemma, "");
  EXPECT_EQ(compile(kXml, "bad", options).negative.gemma,
            std::string(find_system_prompt("train-xml")->text) + "bad");
  options.negative_system = "neg-low";
  EXPECT_EQ(compile(kXml, "bad", options).negative.system_id, "neg-low");
  options.negative_system = "same";
  options.negative_system_when = NegativeSystem::never;
  EXPECT_EQ(compile(kXml, "bad", options).negative.gemma, "bad");
  options.negative_system_when = NegativeSystem::always;
  EXPECT_EQ(compile(kXml, "", options).negative.gemma, find_system_prompt("train-xml")->text);
}

TEST(Compile, jina_reads_the_system_prompt_on_request) {
  CompileOptions options;
  options.jina_system = JinaSystem::with;
  const CompiledText compiled = compile(kXml, "", options).positive;
  EXPECT_EQ(compiled.jina, compiled.gemma);
  EXPECT_EQ(compiled.jina_caption_offset, compiled.gemma_caption_offset);
}

TEST(Compile, spans_name_their_owners) {
  const CompiledText compiled = compile(kXml).positive;
  std::vector<std::pair<std::string, std::string>> owners;
  for (const OwnedSpan& owned : compiled.spans) {
    owners.emplace_back(owned.path, owned.span.of(compiled.caption));
    const bool in_character = owned.path.starts_with("character_1");
    EXPECT_EQ(owned.character, in_character ? 1 : 0) << owned.path;
  }
  EXPECT_EQ(owners[0].first, "character_1");
  EXPECT_EQ(owners[1], (std::pair<std::string, std::string>{"character_1.n", "<n>rem</n>"}));
  EXPECT_EQ(owners[4],
            (std::pair<std::string, std::string>{"character_1.appearance[0]", "blue_hair"}));
  EXPECT_EQ(owners.back(), (std::pair<std::string, std::string>{"caption[0]", "Rem smiles."}));
  EXPECT_EQ(compiled.spans[4].source.of(kXml), "blue_hair");
  EXPECT_EQ(compiled.spans[4].weight, 1.2);
}

TEST(Compile, spans_and_weights_follow_every_layout) {
  for (Layout layout : {Layout::canonical, Layout::readme, Layout::builder, Layout::oneline,
                        Layout::img, Layout::json}) {
    CompileOptions options;
    options.layout = layout;
    const CompiledText compiled = compile(kXml, "", options).positive;
    ASSERT_EQ(compiled.weights.size(), 1U) << to_string(layout);
    EXPECT_EQ(compiled.weights[0].span.of(compiled.caption), "blue_hair") << to_string(layout);
    for (const OwnedSpan& owned : compiled.spans) {
      if (owned.path != "caption[0]") continue;
      EXPECT_EQ(owned.span.of(compiled.caption), "Rem smiles.") << to_string(layout);
    }
    EXPECT_EQ(compiled.content_hash, compile(kXml).positive.content_hash);
  }
}

TEST(Compile, gives_positions_and_boxes) {
  const CompiledText compiled = compile(kXml).positive;
  ASSERT_EQ(compiled.regions.size(), 1U);
  EXPECT_EQ(compiled.regions[0].character, 1);
  EXPECT_EQ(compiled.regions[0].position, "left");
  EXPECT_EQ(compiled.regions[0].box, (Box{0, 0, 500, 1000}));
  EXPECT_EQ(compiled.caption.find("bbox"), std::string::npos);
}

TEST(Compile, writes_values_without_entities) {
  EXPECT_EQ(compile("<caption>a &lt; b &amp;&amp; c</caption>").positive.caption,
            "<caption>a < b && c</caption>");
}

TEST(Compile, moves_elements_home) {
  EXPECT_EQ(compile("<environment><weather>rain</weather><lighting>neon</lighting></environment>"
                    "<caption>B.</caption><character>\n<gender>1girl</gender></character>")
                .positive.caption,
            "<character_1>\n<gender>1girl</gender>\n</"
            "character_1>\n\n<general_tags>\n<environment>rain</environment>\n"
            "<lighting>neon</lighting>\n</general_tags>\n\n<caption>B.</caption>");
}

}  // namespace
}  // namespace newbie::prompt
