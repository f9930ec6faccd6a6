#pragma once
/// A value or an Error, for failures that are ordinary and whose caller chooses what happens.
/// Member names follow std::expected, so that C++23 can replace it.

#include <utility>
#include <variant>

#include "base/error.h"

namespace newbie {

template <class T>
class Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; throws the Error when there is none.
  T& value() & { return has_value() ? std::get<0>(state_) : throw std::get<1>(state_); }
  const T& value() const& { return has_value() ? std::get<0>(state_) : throw std::get<1>(state_); }
  T&& value() && { return std::move(value()); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace newbie
