#pragma once
/// The program under test.

#include <gtest/gtest.h>

#include "base/json.h"
#include "support/program.h"

namespace newbie::test {

inline ProgramResult newbie(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), NEWBIE_PROGRAM);
  return run_program(arguments, input);
}

/// `newbie prompt ...`
inline ProgramResult prompt(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), "prompt");
  return newbie(std::move(arguments), input);
}

/// Standard output as JSON; fails the test when it is none.
inline Json json_of(const ProgramResult& result) {
  Json json = Json::parse(result.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << result.out << result.err;
  return json;
}

inline const std::string kGoodPrompt =
    "<character_1>\n<n>$character_1$</n>\n<gender>1girl</gender>\n"
    "<appearance>blue_hair, long_hair, red_eyes</appearance>\n<clothing>serafuku</clothing>\n"
    "<expression>smile</expression>\n<action>standing</action>\n</character_1>\n\n"
    "<general_tags>\n<count>1girl, solo</count>\n<style>anime_style</style>\n</general_tags>\n";

}  // namespace newbie::test
