#pragma once
/// What people would write about a scene.

#include <array>
#include <string>
#include <string_view>

#include "world/scene.h"

namespace newbie::world {

/// The forms that captions are written in.
enum class CaptionKind {
  full_xml,       ///< the canonical prompt, nothing left out
  xml,            ///< tags dropped, elements' tags and characters' numbers shuffled
  grouped_tags,   ///< a tag list that keeps each character's tags together
  shuffled_tags,  ///< a tag list in any order
  english,        ///< a few sentences
  chinese,
  empty,  ///< for guidance
};
inline constexpr int kCaptionKinds = 7;

std::string_view to_string(CaptionKind kind);

/// How often each kind is drawn, relative to the others.
struct CaptionMix {
  std::array<double, kCaptionKinds> weights{0.14, 0.54, 0.09, 0.04, 0.045, 0.045, 0.10};
};

/// One kind, by the weights of `mix`.
CaptionKind sample_kind(Random& random, const CaptionMix& mix = {});

/// One caption. Only `full_xml` and `empty` ask nothing of `random`.
std::string caption(const Scene& scene, CaptionKind kind, Random& random);

/// How often a caption leaves out something that could be said.
inline constexpr double kDropped = 0.12;

/// The same for tag lists and sentences, at another rate; 0 says everything.
std::string tag_caption(const Scene& scene, Random& random, bool shuffled,
                        double dropped = kDropped);
std::string english_caption(const Scene& scene, Random& random, double dropped = kDropped);
std::string chinese_caption(const Scene& scene, Random& random, double dropped = kDropped);

}  // namespace newbie::world
