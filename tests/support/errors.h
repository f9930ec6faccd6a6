#pragma once
/// Which error was thrown.

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace newbie::test {

/// The code of the Error that `body` throws, "" when it throws none. Expects it to say something.
template <class Body>
std::string code_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "") << error.code();
    return error.code();
  }
  return "";
}

}  // namespace newbie::test
