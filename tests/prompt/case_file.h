#pragma once
/// Reads the case files of this folder (README.md describes the format) and sets up what they ask
/// for.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/lint.h"
#include "prompt/tokens.h"

namespace newbie::prompt::testing {

struct Case {
  std::string title;
  bool fires = false;
  std::map<std::string, std::string> options;
  std::string prompt;                 ///< `\xNN` and `\r` are decoded
  std::vector<std::string> findings;  ///< `line:column marked-text message`
  std::string fixed;                  ///< "" when the file says nothing
  bool has_fixed = false;
};

std::vector<Case> read_cases(const std::string& path);

/// The options of a case with everything they point to.
class CaseContext {
 public:
  explicit CaseContext(const Case& one);
  ~CaseContext();

  ParseOptions parse;
  LintOptions lint;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// `2:14 `marked` message` of one finding.
std::string describe(const Diagnostic& diagnostic, std::string_view source);

}  // namespace newbie::prompt::testing
