#include "explain/page.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/escape.h"
#include "base/json.h"
#include "explain/overlay.h"
#include "explain/page_assets.h"
#include "image/png.h"

namespace newbie::explain {
namespace {

std::string data_of(const image::Picture& picture) {
  return "data:image/png;base64," + to_base64(image::encode_png(picture));
}

/// Shares span magnitudes: two digits that count.
std::string percent(double share) { return fmt::format("{:.2g} %", share * 100); }

/// For the script: maps and shares of every node, safe inside <script>.
std::string data_json(const PageContent& content) {
  Json nodes = Json::array();
  for (size_t n = 0; n < content.questions.nodes.size(); ++n) {
    Json maps = Json::array(), shares = Json::array();
    for (Phase phase : kPhases) {
      maps.push_back(data_of(glow_of(content.maps, n, phase)));
      shares.push_back(percent(content.maps.share(n, phase)));
    }
    nodes.push_back(
        {{"path", content.questions.nodes[n].path}, {"maps", maps}, {"shares", shares}});
  }
  std::string text = nodes.dump(-1, ' ', true, Json::error_handler_t::replace);
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

std::string button(const PageContent& content, size_t n) {
  const Node& node = content.questions.nodes[n];
  const bool block = node.kind == Node::Kind::element && node.path.find('.') == std::string::npos;
  const std::string text =
      node.text.empty() ? "" : fmt::format(" <span>{}</span>", escape_html(node.text));
  return fmt::format(
      "<li class=\"{}\"><button type=\"button\" data-node=\"{}\" aria-pressed=\"false\">{} "
      "<small>{}</small>{}</button></li>\n",
      block ? "block" : to_string(node.kind), n, escape_html(node.label),
      percent(content.maps.share(n)), text);
}

/// Every node a button; the tags of an element flow together.
std::string node_list(const PageContent& content) {
  std::string out = "<ul>\n";
  bool in_tags = false;
  for (size_t n = 0; n < content.questions.nodes.size(); ++n) {
    const bool tag = content.questions.nodes[n].kind == Node::Kind::tag;
    if (tag && !in_tags) out += "<li><ul class=\"tags\">\n";
    if (!tag && in_tags) out += "</ul></li>\n";
    in_tags = tag;
    out += button(content, n);
  }
  if (in_tags) out += "</ul></li>\n";
  return out + "</ul>\n";
}

std::string where_from(const std::vector<CharacterRegion>& regions) {
  if (regions.front().source == "attention") {
    return "A character's region is where it gets a larger part of its own attention than any "
           "other "
           "gets of theirs, as the prompt does not give every character a box or position.";
  }
  return "A character's region is its box, or the part of the picture that its position names; "
         "regions may overlap.";
}

std::string leakage_table(const PageContent& content) {
  if (content.regions.size() < 2) return {};
  std::string out = fmt::format(
      "<section aria-labelledby=\"leaks\">\n<h2 id=\"leaks\">Leakage</h2>\n<p>How much of the "
      "attention to a character lies in whose region. {}</p>\n<div class=\"scroll\" "
      "tabindex=\"0\"><table>\n<thead><tr><th "
      "scope=\"col\">attention to</th>",
      where_from(content.regions));
  for (const CharacterRegion& region : content.regions) {
    out += fmt::format("<th scope=\"col\">in character_{}</th>", region.character);
  }
  out += "<th scope=\"col\">elsewhere</th></tr></thead>\n<tbody>\n";
  for (size_t row = 0; row < content.leakage.size(); ++row) {
    const Leakage& leak = content.leakage[row];
    out += fmt::format("<tr><th scope=\"row\">character_{}</th>", leak.character);
    for (size_t r = 0; r < leak.inside.size(); ++r) {
      out += fmt::format("<td{}>{:.1f} %</td>", r == row ? " class=\"own\"" : "",
                         leak.inside[r] * 100);
    }
    out += fmt::format("<td>{:.1f} %</td></tr>\n", leak.outside * 100);
  }
  return out + "</tbody>\n</table></div>\n</section>\n";
}

std::string phase_choice() {
  std::string out = "<fieldset><legend>When in the run</legend>\n";
  for (Phase phase : kPhases) {
    out += fmt::format("<label><input type=\"radio\" name=\"phase\" value=\"{}\"{}> {}</label>\n",
                       static_cast<int>(phase), phase == Phase::whole ? " checked" : "",
                       to_string(phase));
  }
  return out + "</fieldset>\n";
}

}  // namespace

std::string page_of(const PageContent& content) {
  return fmt::format(kPageFrame, kPageStyle, escape_html(content.watched), data_of(content.picture),
                     phase_choice(), node_list(content), leakage_table(content), data_json(content),
                     kPageScript);
}

}  // namespace newbie::explain
