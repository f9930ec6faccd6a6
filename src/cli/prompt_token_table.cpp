#include "cli/prompt_token_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "cli/terminal.h"

namespace newbie::cli {
namespace {

constexpr size_t kOwnerWidth = 28;
constexpr size_t kPiecesWidth = 76;

std::string weight_text(double weight) { return weight == 1 ? "" : fmt::format("{:g}", weight); }

/// The deepest part wins: spans come outer before inner, so later ones overwrite.
std::vector<size_t> owner_of_bytes(const prompt::CompiledText& compiled) {
  std::vector<size_t> owners(compiled.caption.size(), SIZE_MAX);
  for (size_t i = 0; i < compiled.spans.size(); ++i) {
    const TextSpan span = compiled.spans[i].span;
    std::fill(owners.begin() + static_cast<std::ptrdiff_t>(span.begin),
              owners.begin() + static_cast<std::ptrdiff_t>(span.end), i);
  }
  return owners;
}

double weight_at(const prompt::CompiledText& compiled, size_t byte) {
  for (const prompt::WeightSpan& weight : compiled.weights) {
    if (weight.span.contains(byte)) return weight.weight;
  }
  return 1;
}

/// `blue·_·hair`: the pieces of a stretch, cut where tokens begin.
std::string pieces(const EncoderText& text, TextSpan span, size_t first, size_t last) {
  if (!text.tokens || first == last) return visible(span.of(text.text));
  std::string out;
  size_t done = 0;  // tokens may share the bytes of a character
  for (size_t i = first; i < last; ++i) {
    const TextSpan token = text.tokens->tokens[i].span;
    done = std::max(done, token.begin);
    const size_t end = std::clamp(token.end, done, text.text.size());
    if (end == done) continue;
    if (!out.empty()) out += "·";
    out += visible(text.text.substr(done, end - done));
    done = end;
  }
  return out;
}

std::string cut(const std::string& line, size_t columns) {
  if (utf8::display_width(line) <= columns) return line;
  std::string out;
  size_t width = 0;
  for (size_t at = 0; at < line.size();) {
    const utf8::Decoded decoded = utf8::decode(line, at);
    width += utf8::display_width(decoded.code_point);
    if (width > columns - 1) break;
    out += line.substr(at, decoded.length);
    at += decoded.length;
  }
  return out + "…";
}

std::string row(std::string_view range, double weight, const std::string& owner,
                const std::string& shown) {
  const Style s = style(stdout);
  const bool markup = owner == "-" || owner == "system";
  const char* weight_colour = weight > 1 ? s.green : weight < 1 ? s.yellow : "";
  return fmt::format("  {}{:>11}{}  {}{:>5}{}  {}{}{}  {}{}{}\n", s.dim, range, s.reset,
                     weight_colour, weight_text(weight), s.reset, s.cyan, pad(owner, kOwnerWidth),
                     s.reset, markup ? s.dim : "", shown, s.reset);
}

std::string heading(std::string_view range, std::string_view last) {
  const Style s = style(stdout);
  return fmt::format("  {}{:>11}  {:>5}  {}  {}{}\n", s.dim, range, "w", pad("owner", kOwnerWidth),
                     last, s.reset);
}

/// The stretch that holds most bytes of a token; of two equals the one with an owner.
size_t stretch_of(TextSpan token, const std::vector<OwnedStretch>& stretches, size_t from) {
  size_t best = from;
  size_t most = 0;
  for (size_t i = from; i < stretches.size() && stretches[i].span.begin < token.end; ++i) {
    const size_t begin = std::max(token.begin, stretches[i].span.begin);
    const size_t end = std::min(token.end, stretches[i].span.end);
    const size_t bytes = end > begin ? end - begin : 0;
    const bool parts_win = bytes == most && bytes > 0 && stretches[i].owner != "-";
    if (bytes > most || parts_win) best = i, most = bytes;
  }
  return best;
}

/// Per stretch the range of its tokens; markers without bytes go with what stands before them.
std::vector<std::pair<size_t, size_t>> tokens_of(const EncoderText& text,
                                                 const std::vector<OwnedStretch>& stretches) {
  std::vector<std::pair<size_t, size_t>> ranges(stretches.size());
  const std::vector<prompt::Token>& tokens = text.tokens->tokens;
  size_t at = 0;
  size_t token = 0;
  for (size_t i = 0; i < stretches.size(); ++i) {
    ranges[i].first = token;
    while (token < tokens.size()) {
      if (!tokens[token].span.empty()) at = stretch_of(tokens[token].span, stretches, i);
      if (at > i) break;
      ++token;
    }
    ranges[i].second = token;
  }
  return ranges;
}

}  // namespace

EncoderText::EncoderText(const prompt::CompiledText& compiled, prompt::Encoder encoder,
                         const prompt::TokenizerView* tokenizer)
    : text(encoder == prompt::Encoder::gemma ? compiled.gemma : compiled.jina),
      compiled_(compiled),
      caption_offset_(encoder == prompt::Encoder::gemma ? compiled.gemma_caption_offset
                                                        : compiled.jina_caption_offset) {
  owners_ = owner_of_bytes(compiled);
  if (tokenizer) tokens = prompt::map_tokens(compiled, encoder, *tokenizer);
}

std::vector<OwnedStretch> EncoderText::stretches() const {
  std::vector<OwnedStretch> all;
  if (caption_offset_ > 0) all.push_back({{0, caption_offset_}, "system", 1});
  const auto key = [&](size_t byte) {
    const bool item = owners_[byte] != SIZE_MAX &&
                      compiled_.spans[owners_[byte]].kind == prompt::OwnedSpan::Kind::item;
    return std::pair(item ? owners_[byte] : SIZE_MAX, weight_at(compiled_, byte));
  };
  for (size_t begin = 0; begin < owners_.size();) {
    size_t end = begin + 1;
    while (end < owners_.size() && key(end) == key(begin)) ++end;
    const auto [owner, weight] = key(begin);
    all.push_back({{caption_offset_ + begin, caption_offset_ + end},
                   owner == SIZE_MAX ? "-" : compiled_.spans[owner].path,
                   weight});
    begin = end;
  }
  return all;
}

Json EncoderText::json() const {
  Json owned = Json::array();
  for (const OwnedStretch& stretch : stretches()) {
    owned.push_back({{"bytes", span_json(stretch.span)},
                     {"owner", stretch.owner},
                     {"weight", stretch.weight},
                     {"text", stretch.span.of(text)}});
  }
  Json all = {{"text", text}, {"caption_offset", caption_offset_}, {"stretches", std::move(owned)}};
  Json spans = Json::array();
  for (size_t i = 0; i < compiled_.spans.size(); ++i) {
    const prompt::OwnedSpan& span = compiled_.spans[i];
    Json one = {{"path", span.path},
                {"bytes",
                 Json::array({span.span.begin + caption_offset_, span.span.end + caption_offset_})},
                {"weight", span.weight}};
    if (tokens) {
      one["tokens"] = Json::array({tokens->spans[i].begin, tokens->spans[i].end});
    }
    spans.push_back(std::move(one));
  }
  all["spans"] = std::move(spans);
  if (!tokens) return all;
  all["count"] = tokens->count();
  Json list = Json::array();
  for (size_t i = 0; i < tokens->tokens.size(); ++i) {
    const prompt::Token& token = tokens->tokens[i];
    list.push_back({{"id", token.id},
                    {"bytes", span_json(token.span)},
                    {"text", token.span.of(text)},
                    {"weight", tokens->weights[i]},
                    {"owner", owner_of(token.span)}});
  }
  all["tokens"] = std::move(list);
  const auto beyond = [](const std::vector<prompt::BeyondLimit>& elements) {
    Json rows = Json::array();
    for (const prompt::BeyondLimit& element : elements) {
      rows.push_back(
          {{"path", element.path}, {"tokens", element.tokens}, {"entirely", element.entirely}});
    }
    return rows;
  };
  all["beyond_trained"] = beyond(tokens->beyond_trained);
  all["beyond_positions"] = beyond(tokens->beyond_positions);
  return all;
}

std::string EncoderText::owner_of(TextSpan token) const {
  constexpr size_t kSystem = SIZE_MAX - 1;
  std::vector<std::pair<size_t, size_t>> counts;  // owner, bytes
  for (size_t byte = token.begin; byte < token.end; ++byte) {
    const size_t owner = byte < caption_offset_ ? kSystem : owners_[byte - caption_offset_];
    const auto seen = std::ranges::find(counts, owner, &std::pair<size_t, size_t>::first);
    if (seen == counts.end())
      counts.emplace_back(owner, 1);
    else
      ++seen->second;
  }
  const auto rank = [&](const std::pair<size_t, size_t>& count) {
    const bool item =
        count.first < kSystem && compiled_.spans[count.first].kind == prompt::OwnedSpan::Kind::item;
    return 2 * count.second + (item ? 1 : 0);
  };
  const auto best = std::ranges::max_element(counts, {}, rank);
  if (best == counts.end() || best->first == SIZE_MAX) return "-";
  if (best->first == kSystem) return "system";
  const std::string& path = compiled_.spans[best->first].path;
  return path.empty() ? "-" : path;
}

std::string owner_rows(const EncoderText& text) {
  const std::vector<OwnedStretch> stretches = text.stretches();
  std::vector<std::pair<size_t, size_t>> tokens(stretches.size());
  if (text.tokens) tokens = tokens_of(text, stretches);
  std::string out = heading(text.tokens ? "tokens" : "bytes", "text");
  for (size_t i = 0; i < stretches.size(); ++i) {
    const OwnedStretch& stretch = stretches[i];
    const auto [first, last] =
        text.tokens ? tokens[i] : std::pair(stretch.span.begin, stretch.span.end);
    const std::string range =
        text.tokens && first == last ? "" : fmt::format("{}..{}", first, last);
    out += row(range, stretch.weight, stretch.owner,
               cut(pieces(text, stretch.span, first, last), kPiecesWidth));
  }
  return out;
}

std::string token_rows(const EncoderText& text) {
  if (!text.tokens) return owner_rows(text);
  std::string out = heading("#      id", "token");
  for (size_t i = 0; i < text.tokens->tokens.size(); ++i) {
    const prompt::Token& token = text.tokens->tokens[i];
    const std::string shown = visible(token.span.of(text.text));
    out += row(fmt::format("{} {:>6}", i, token.id), text.tokens->weights[i],
               text.owner_of(token.span), token.span.empty() ? "(marker)" : "`" + shown + "`");
  }
  return out;
}

}  // namespace newbie::cli
