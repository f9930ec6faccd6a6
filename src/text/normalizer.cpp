#include "text/normalizer.h"

#include <algorithm>

#include "text/unicode.h"

namespace newbie::text {
namespace {

AlignedText apply(const Replace& step, const AlignedText& in) {
  AlignedText out;
  out.reserve(in.size() + in.size() / 2);
  for (size_t at = 0; at < in.size();) {
    const size_t hit = std::min(in.text.find(step.pattern, at), in.size());
    out.append(in, {at, hit});
    if (hit == in.size()) break;
    at = hit + step.pattern.size();
    out.append(step.content, in.source_of({hit, at}));
  }
  return out;
}

AlignedText apply(const ReplaceSpaceRuns& step, const AlignedText& in) {
  AlignedText out;
  out.reserve(in.size());
  for (size_t at = 0; at < in.size();) {
    const size_t run = std::min(in.text.find_first_not_of(' ', at), in.size());
    if (run - at >= 2) {
      out.append(step.content, in.source_of({at, run}));
      at = run;
    } else {
      out.append(in, {at, at + 1});
      ++at;
    }
  }
  return out;
}

AlignedText apply(const Strip& step, const AlignedText& in) {
  const size_t end = step.right ? size_without_trailing_space(in.text) : in.size();
  const size_t begin = step.left ? leading_space(std::string_view(in.text).substr(0, end)) : 0;
  return in.slice({begin, end});
}

AlignedText apply(const Prepend& step, const AlignedText& in) {
  if (in.text.empty()) return in;
  AlignedText out;
  out.append(step.content, {in.source[0].begin, in.source[0].begin});
  out.append(in, {0, in.size()});
  return out;
}

AlignedText apply(const Charsmap& step, const AlignedText& in) { return step.normalize(in); }

}  // namespace

AlignedText normalize(const std::vector<NormalizerStep>& steps, AlignedText text) {
  for (const NormalizerStep& step : steps) {
    text = std::visit([&](const auto& s) { return apply(s, text); }, step);
  }
  return text;
}

}  // namespace newbie::text
