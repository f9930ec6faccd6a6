#include "text/tokenizer_json_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::text {
namespace {

using Tree = nlohmann::json;

constexpr size_t kMaxDepth = 32;

[[noreturn]] void malformed(std::string_view what) {
  throw Error("tokenizer.malformed", fmt::format("tokenizer.json {}", what));
}

/// Receives the file event by event. Inside model.vocab and model.merges nothing is built but our
/// lists.
class Stream : public nlohmann::json_sax<Tree> {
 public:
  explicit Stream(TokenizerJson& out) : out_(out) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool flag) override { return value(flag); }
  bool number_integer(number_integer_t number) override { return integer(number); }
  bool number_unsigned(number_unsigned_t number) override {
    return integer(static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX)));
  }
  bool number_float(number_float_t number, const string_t&) override {
    if (list_ == List::vocabulary) return score(number);
    return value(number);
  }
  bool binary(binary_t&) override { malformed("holds binary data"); }

  bool string(string_t& text) override {
    if (list_ == List::none) return value(std::move(text));
    if (list_ == List::merges && depth_in_list_ == 1) return merge_line(text);
    if (depth_in_list_ != 2 || texts_.size() == 2)
      malformed("has a vocabulary or merge list of unknown form");
    texts_.push_back(std::move(text));
    return true;
  }

  bool key(string_t& name) override {
    if (list_ == List::none) {
      key_ = std::move(name);
    } else {
      piece_ = std::move(name);
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (list_ != List::none) malformed("has an object inside its vocabulary or merges");
    if (begins_list() == List::merges) malformed("has merges that are not a list");
    if (begins_list() == List::vocabulary) {
      list_ = List::vocabulary;
      depth_in_list_ = 1;
      by_key_ = true;
      return true;
    }
    return open(Tree::object());
  }
  bool start_array(std::size_t) override {
    if (list_ == List::none) {
      list_ = begins_list();
      if (list_ == List::none) return open(Tree::array());
      by_key_ = false;
    } else if (by_key_ || depth_in_list_ == 2) {
      malformed("has a vocabulary or merge list of unknown form");
    }
    ++depth_in_list_;
    texts_.clear();
    scored_ = false;
    return true;
  }
  bool end_object() override { return list_ == List::none ? close() : end_list(); }
  bool end_array() override {
    if (list_ == List::none) return close();
    if (depth_in_list_ == 1) return end_list();
    --depth_in_list_;
    if (list_ == List::merges) {
      if (texts_.size() != 2) malformed("has a merge that is not of two pieces");
      out_.merges.emplace_back(std::move(texts_[0]), std::move(texts_[1]));
    } else if (texts_.size() != 1 || !scored_) {
      malformed("has a vocabulary entry that is not a piece and its score");
    } else {
      out_.scores.emplace_back(std::move(texts_[0]), score_);
    }
    return true;
  }

  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    malformed(fmt::format("is not valid JSON at byte {}", at));
  }

 private:
  enum class List { none, vocabulary, merges };

  /// The list that opens now: model.vocab or model.merges.
  List begins_list() const {
    if (open_.size() != 2 || outer_key_ != "model" || !open_.back()->is_object()) return List::none;
    return key_ == "vocab" ? List::vocabulary : key_ == "merges" ? List::merges : List::none;
  }
  bool end_list() {
    list_ = List::none;
    depth_in_list_ = 0;
    return true;
  }

  bool integer(int64_t number) {
    if (list_ == List::none) return value(number);
    if (list_ == List::vocabulary && !by_key_) return score(static_cast<double>(number));
    if (list_ != List::vocabulary) malformed("has a number among its merges");
    out_.ids.emplace_back(std::move(piece_), number);
    return true;
  }
  bool score(double number) {
    if (by_key_ || depth_in_list_ != 2 || scored_) malformed("has a vocabulary of unknown form");
    score_ = number;
    scored_ = true;
    return true;
  }
  /// The older form of a merge: both pieces in one string, with a space between.
  bool merge_line(const std::string& line) {
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
      malformed(
          fmt::format("has the merge \"{:.40}\", expected two pieces with a space between", line));
    }
    out_.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    return true;
  }

  /// Puts a value where the document is being built.
  Tree* place(Tree value) {
    if (open_.empty()) return &(out_.rest = std::move(value));
    Tree& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    const auto [entry, added] = parent.emplace(key_, std::move(value));
    if (!added) malformed(fmt::format("has the key \"{:.40}\" twice", key_));
    return &*entry;
  }
  bool value(Tree value) {
    if (list_ != List::none) malformed("has a vocabulary or merge list of unknown form");
    place(std::move(value));
    return true;
  }
  bool open(Tree container) {
    if (open_.size() >= kMaxDepth) malformed("is nested too deeply");
    if (open_.size() == 1) outer_key_ = key_;
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  TokenizerJson& out_;
  std::vector<Tree*>
      open_;  ///< containers being built, outermost first; they do not move meanwhile
  std::string key_, outer_key_;
  List list_ = List::none;
  int depth_in_list_ = 0;
  bool by_key_ = false;
  std::string piece_;
  std::vector<std::string> texts_;
  double score_ = 0;
  bool scored_ = false;
};

}  // namespace

TokenizerJson parse_tokenizer_json(std::string_view text) {
  TokenizerJson out;
  Stream stream(out);
  nlohmann::json::sax_parse(text.begin(), text.end(), &stream);
  if (!out.rest.is_object()) malformed("is not an object");
  return out;
}

}  // namespace newbie::text
