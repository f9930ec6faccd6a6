#pragma once
/// Which error was thrown.

#include <string>

#include "base/error.h"

namespace newbie::test {

/// The code of the Error that `body` throws, "" when it throws none.
template <class Body>
std::string code_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace newbie::test
