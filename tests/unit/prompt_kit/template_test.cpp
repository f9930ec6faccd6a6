#include "prompt/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "prompt/template_library.h"

namespace newbie::prompt {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

template <class Body>
Error error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error("", "");
}

TEST(Template, ListsItsSlots) {
  const PromptTemplate prompt("{{hair=blue_hair}}, {{eyes}}, {{hair}}");
  ASSERT_THAT(prompt.slots(), SizeIs(2));
  EXPECT_EQ(prompt.slots()[0].name, "hair");
  EXPECT_EQ(prompt.slots()[0].default_value, "blue_hair");
  EXPECT_EQ(prompt.slots()[0].places, 2u);
  EXPECT_EQ(prompt.slots()[1].name, "eyes");
  EXPECT_FALSE(prompt.slots()[1].default_value);
}

TEST(Template, Fills) {
  const PromptTemplate prompt("<n>{{name=$character_1$}}</n> {{hair=blue_hair}} {{hair}}");
  EXPECT_EQ(prompt.fill({}), "<n>$character_1$</n> blue_hair blue_hair");
  EXPECT_EQ(prompt.fill({{"hair", "red_hair"}}), "<n>$character_1$</n> red_hair red_hair");
  EXPECT_EQ(prompt.fill({{"hair", ""}}), "<n>$character_1$</n>  ");
  EXPECT_EQ(prompt.fill({{"hair", "{{name}}"}}), "<n>$character_1$</n> {{name}} {{name}}")
      << "values are not read again";
}

TEST(Template, DefaultsMayHoldChoices) {
  EXPECT_EQ(PromptTemplate("{{hair={red|blue}_hair}}, x").fill({}), "{red|blue}_hair, x");
  EXPECT_EQ(PromptTemplate("{{hair={red|blue}}}, x").fill({}), "{red|blue}, x");
  EXPECT_EQ(PromptTemplate("{{hair=}}x").fill({}), "x");
}

TEST(Template, PlainTextStays) {
  for (std::string_view text :
       {"{{ tag }}", "{{1girl}}", "{tag}", "{{", "$character_1$", "{{{}}}"}) {
    EXPECT_EQ(PromptTemplate(text).fill({}), text);
  }
  EXPECT_EQ(PromptTemplate("\\{{tag}}").fill({}), "{{tag}}");
}

TEST(Template, ErrorsNameTheSlot) {
  const PromptTemplate prompt("{{hair=blue_hair}} {{eyes}} {{hat}}");
  const Error unknown = error_of([&] { prompt.fill({{"hiar", "x"}}); });
  EXPECT_EQ(unknown.code(), "prompt.slot_unknown");
  EXPECT_THAT(unknown.hint_text(), HasSubstr("`hair`"));
  const Error missing = error_of([&] { prompt.fill({}); });
  EXPECT_EQ(missing.code(), "prompt.slot_missing");
  EXPECT_THAT(missing.what(), HasSubstr("eyes, hat"));
  EXPECT_EQ(error_of([] { PromptTemplate("a\n {{hair=x\n}}"); }).code(), "prompt.slot_syntax");
  EXPECT_THAT(error_of([] { PromptTemplate("a\n {{hair=x\n}}"); }).what(), HasSubstr("2:2"));
  EXPECT_EQ(error_of([] { PromptTemplate("{{a=1}} {{a=2}}"); }).code(), "prompt.slot_syntax");
}

TEST(Template, PairsOfTheCommandLine) {
  const SlotValues values = parse_slot_values({"hair=red_hair", "note=a=b"});
  EXPECT_EQ(values.at("hair"), "red_hair");
  EXPECT_EQ(values.at("note"), "a=b");
  EXPECT_EQ(error_of([] { parse_slot_values({"hair"}); }).code(), "prompt.slot_syntax");
  EXPECT_EQ(error_of([] { parse_slot_values({"a=1", "a=2"}); }).code(), "prompt.slot_syntax");
}

TEST(TemplateLibrary, FindsByName) {
  ASSERT_GE(template_library().size(), 16u);
  const LibraryTemplate& first = template_library().front();
  EXPECT_EQ(library_template(first.name).text, first.text);
  std::string misspelt(first.name);
  std::swap(misspelt[0], misspelt[1]);
  const Error unknown = error_of([&] { library_template(misspelt); });
  EXPECT_EQ(unknown.code(), "prompt.template_unknown");
  EXPECT_THAT(unknown.hint_text(), HasSubstr(std::string(first.name)));
}

TEST(TemplateLibrary, LeadingComments) {
  EXPECT_EQ(leading_comment("<!-- one line -->\n<n>x</n>"), "one line");
  EXPECT_EQ(leading_comment("<n>x</n><!-- no -->"), "");
  EXPECT_EQ(leading_comment("<!-- open"), "");
  EXPECT_EQ(leading_comment("<!-->"), "");
}

}  // namespace
}  // namespace newbie::prompt
