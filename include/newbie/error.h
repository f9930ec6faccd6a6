#pragma once
/// The one exception type of the library: what happened, where, and how to fix it.

#include <exception>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace newbie {

/// Ends a request. `code` is stable (`weights.shape_mismatch`) and has a row in
/// docs/reference/errors.md; `what()` names the thing, found and expected, in the user's words.
/// Scopes on the way out add `where` entries, innermost first. Rendered by the program's faces
/// only.
class Error : public std::exception {
 public:
  Error(std::string code, std::string what) : code_(std::move(code)), what_(std::move(what)) {}

  Error& where(std::string place) & { return where_.push_back(std::move(place)), *this; }
  Error&& where(std::string place) && { return std::move(where(std::move(place))); }
  /// How to fix it; given only when we know.
  Error& hint(std::string text) & { return hint_ = std::move(text), *this; }
  Error&& hint(std::string text) && { return std::move(hint(std::move(text))); }
  /// A machine-readable fact (name, expected, found), for JSON faces.
  Error& fact(std::string key, std::string value) & {
    facts_[std::move(key)] = std::move(value);
    return *this;
  }
  Error&& fact(std::string key, std::string value) && {
    return std::move(fact(std::move(key), std::move(value)));
  }

  const std::string& code() const noexcept { return code_; }
  const char* what() const noexcept override { return what_.c_str(); }
  const std::vector<std::string>& places() const noexcept { return where_; }
  const std::string& hint_text() const noexcept { return hint_; }
  const std::map<std::string, std::string>& facts() const noexcept { return facts_; }

 private:
  std::string code_;
  std::string what_;
  std::vector<std::string> where_;
  std::string hint_;
  std::map<std::string, std::string> facts_;
};

}  // namespace newbie
