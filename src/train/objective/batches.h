#pragma once
/// Batches of captioned pictures, prepared ahead by other threads: everything of a pass that the
/// device is not needed for.

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "train/data/arranged.h"
#include "train/data/read_ahead.h"
#include "train/objective/latents.h"
#include "train/objective/segmentation.h"
#include "train/objective/texts.h"

namespace newbie::train {

/// Data of one resolution, with its latents.
struct PictureStream {
  std::unique_ptr<ArrangedData> data;
  std::optional<LatentSource> latents;
};

/// The examples of one pass with everything that is known before the device is asked; names and
/// captions in the order of `examples`.
struct PreparedBatch {
  size_t stream = 0;
  size_t bucket = 0;
  std::vector<int64_t> examples;
  std::vector<std::string> names;
  std::vector<CaptionIds> captions;
  std::vector<AwaitedPicture> awaited;  ///< without a latent when they were prepared
  std::vector<int32_t> labels;          ///< see SegmentationHead::wanted; empty without a head
};

/// Which stream a pass reads, and its number there.
struct PassPlace {
  size_t stream = 0;
  int64_t pass = 0;
};
/// From `late_from` of the run on, `late_share` of the passes read stream 1, evenly spread.
PassPlace place_of(int64_t pass, int64_t passes, const PicturesSection& pictures);

/// Members of a group dealt to batches so that those of one batch are about as long. In a batch
/// they stand as they came.
std::vector<std::vector<size_t>> dealt_by_length(const std::vector<size_t>& lengths, size_t batch);

/// A function of the number of the pass, for any number of threads.
class BatchMaker {
 public:
  /// What is referred to outlives this; `head` may be null.
  BatchMaker(const Recipe& recipe, std::vector<PictureStream>& streams,
             const CaptionCompiler& compiler, const TextSource& texts,
             const SegmentationHead* head);

  /// Thread-safe.
  PreparedBatch operator()(int64_t pass, const CancelToken& cancel);

 private:
  /// The captions of a group, and how its batches share them.
  struct Group {
    std::vector<CaptionIds> captions;
    std::vector<std::vector<size_t>> batches;  ///< members of the group
  };
  using GroupFuture = std::shared_future<std::shared_ptr<const Group>>;

  std::shared_ptr<const Group> group_of(size_t stream, const BatchGroup& group,
                                        const CancelToken& cancel);
  Group make_group(size_t stream, const BatchGroup& group, const CancelToken& cancel) const;
  /// Draws an example where its latent or its labels are not known yet.
  void look_at(PreparedBatch& batch, int64_t example);

  const Recipe& recipe_;
  uint64_t seed_;
  std::vector<PictureStream>& streams_;
  const CaptionCompiler& compiler_;
  const TextSource& texts_;
  const SegmentationHead* head_;
  int64_t token_;  ///< pixels along each side of a patch
  std::mutex mutex_;
  std::map<std::pair<size_t, int64_t>, GroupFuture> groups_;
  std::vector<std::vector<std::vector<uint8_t>>> cells_;  ///< by stream and example
};

}  // namespace newbie::train
