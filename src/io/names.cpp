#include "io/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace newbie::io {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int64_t> as_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // "01" is a number to us and a different name to everyone else.
  const bool canonical = text == "0" || (!text.empty() && text[0] != '0');
  if (error != std::errc() || end != text.data() + text.size() || !canonical) return std::nullopt;
  return value;
}

/// Binds a letter, or checks that it is already bound to the same text.
bool bind(NamePattern::Captures& captures, char letter, std::string text) {
  const auto [at, fresh] = captures.try_emplace(letter, std::move(text));
  return fresh || at->second == text;
}

}  // namespace

NamePattern::NamePattern(std::string_view text) : text_(text) {
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    if (open > 0) pieces_.push_back({Piece::Kind::literal, std::string(text.substr(0, open))});
    text.remove_prefix(open);
    if (text.empty()) break;
    const size_t close = text.find('}');
    check(close != std::string_view::npos && close >= 2, "a name pattern with a lone brace");
    const std::string_view inside = text.substr(1, close - 1);
    Piece piece{Piece::Kind::number, {}, inside.back()};
    if (inside == "*") piece.kind = Piece::Kind::rest;
    if (inside == "w" || inside == "p") piece.kind = Piece::Kind::word;
    if (inside.size() > 1) {
      const auto from = as_number(inside.substr(0, inside.size() - 2));
      check(from && inside[inside.size() - 2] == '-', "a name pattern with an unknown placeholder");
      piece.kind = Piece::Kind::mirrored;
      piece.from = *from;
    }
    pieces_.push_back(std::move(piece));
    text.remove_prefix(close + 1);
  }
}

bool NamePattern::match_from(std::string_view name, size_t index, Captures& captures) const {
  if (index == pieces_.size()) return name.empty();
  const Piece& piece = pieces_[index];
  if (piece.kind == Piece::Kind::literal) {
    return name.starts_with(piece.literal) &&
           match_from(name.substr(piece.literal.size()), index + 1, captures);
  }
  // Longest first; a placeholder never matches nothing.
  size_t most = name.size();
  if (piece.kind == Piece::Kind::word) most = std::min(name.find('.'), name.size());
  if (piece.kind == Piece::Kind::number || piece.kind == Piece::Kind::mirrored) {
    most = static_cast<size_t>(std::ranges::find_if_not(name, is_digit) - name.begin());
  }
  for (size_t length = most; length > 0; --length) {
    std::string captured(name.substr(0, length));
    if (piece.kind == Piece::Kind::number || piece.kind == Piece::Kind::mirrored) {
      const auto number = as_number(captured);
      if (!number) continue;
      if (piece.kind == Piece::Kind::mirrored) {
        if (*number > piece.from) continue;
        captured = std::to_string(piece.from - *number);
      }
    }
    Captures attempt = captures;
    if (bind(attempt, piece.letter, std::move(captured)) &&
        match_from(name.substr(length), index + 1, attempt)) {
      captures = std::move(attempt);
      return true;
    }
  }
  return false;
}

std::optional<NamePattern::Captures> NamePattern::match(std::string_view name) const {
  Captures captures;
  return match_from(name, 0, captures) ? std::optional(std::move(captures)) : std::nullopt;
}

std::string NamePattern::fill(const Captures& captures) const {
  std::string name;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::literal) {
      name += piece.literal;
      continue;
    }
    const std::string& captured = captures.at(piece.letter);
    name += piece.kind == Piece::Kind::mirrored
                ? std::to_string(piece.from - as_number(captured).value_or(0))
                : captured;
  }
  return name;
}

namespace {

std::optional<std::vector<PlacedTensor>> placed_by(const Rename& rule, const TensorSpec& ours) {
  const auto captures = rule.ours.match(ours.name);
  if (!captures) return std::nullopt;
  std::vector<int64_t> sizes(ours.shape.sizes().begin(), ours.shape.sizes().end());
  sizes.insert(sizes.end(), static_cast<size_t>(rule.trailing_ones), 1);
  return {{{rule.theirs.fill(*captures), Shape(std::span<const int64_t>(sizes)), 0,
            sizes.empty() ? 0 : sizes[0]}}};
}

std::optional<std::vector<PlacedTensor>> placed_by(const Concat& rule, const TensorSpec& ours) {
  const auto captures = rule.ours.match(ours.name);
  if (!captures) return std::nullopt;
  std::vector<PlacedTensor> parts;
  int64_t row = 0;
  for (size_t i = 0; i < rule.theirs.size(); ++i) {
    const int64_t rows = i < rule.rows.size() ? rule.rows[i] : 0;
    parts.push_back({rule.theirs[i].fill(*captures), ours.shape.with(0, rows), row, row + rows});
    row += rows;
  }
  if (row != ours.shape[0]) {
    throw Error("weights.shape_mismatch", fmt::format("{} is {}, but its parts have {} rows",
                                                      ours.name, ours.shape.str(), row));
  }
  return parts;
}

std::optional<std::vector<PlacedTensor>> placed_by(const LowRank&, const TensorSpec&) {
  return std::nullopt;
}
std::optional<std::vector<PlacedTensor>> placed_by(const ByShape&, const TensorSpec&) {
  return std::nullopt;
}

}  // namespace

std::vector<PlacedTensor> place(const TensorSpec& ours, const NamesTable& table) {
  for (const NameRule& rule : table.rules) {
    auto placed = std::visit([&](const auto& r) { return placed_by(r, ours); }, rule);
    if (placed) return *std::move(placed);
  }
  return {{ours.name, ours.shape, 0, ours.shape.rank() == 0 ? 0 : ours.shape[0]}};
}

}  // namespace newbie::io
