#pragma once
/// Pictures to learn from, wherever they come from.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/image.h"

namespace newbie::train {

/// What is known of a picture before its pixels are read.
struct ExampleInfo {
  std::string name;  ///< for messages: a file's name, "world 17"
  int64_t width = 0;
  int64_t height = 0;
  uint64_t content = 0;  ///< hash of everything that decides the pixels
  int64_t repeats = 1;   ///< showings in an epoch
};

/// Which thing each pixel shows, as a number. Shapes: classes [height, width].
struct LabelMap {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> classes;
};

/// A picture with what is known of its pixels.
struct Drawn {
  image::Picture picture;
  std::optional<LabelMap> labels;
};

/// A list of examples. Immutable and thread-safe: pictures are read ahead on other threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual ExampleInfo info(int64_t index) const = 0;
  /// The whole picture. Errors: `file.*`, `image.*`.
  virtual image::Picture picture(int64_t index) const = 0;
  /// One of the picture's captions, as written; `pick` chooses.
  virtual std::string caption(int64_t index, uint32_t pick) const = 0;
  /// How many captions there are to pick from; 0 when they never end.
  virtual uint32_t captions(int64_t) const { return 0; }
  /// Only of data that knows.
  virtual std::optional<LabelMap> labels(int64_t) const { return std::nullopt; }
  /// Both at once: who makes pictures makes it once.
  virtual Drawn drawn(int64_t index) const { return {picture(index), labels(index)}; }
  /// Whether pictures are made on demand: then latents are kept in memory, not in files.
  virtual bool synthetic() const { return false; }
};

/// Whether an example's captions never end: then none can be read once for all.
bool has_endless_captions(const Dataset& data);

/// Several datasets as one.
class JoinedDataset final : public Dataset {
 public:
  explicit JoinedDataset(std::vector<std::unique_ptr<Dataset>> parts);

  int64_t size() const override { return begins_.back(); }
  ExampleInfo info(int64_t index) const override;
  image::Picture picture(int64_t index) const override;
  std::string caption(int64_t index, uint32_t pick) const override;
  uint32_t captions(int64_t index) const override;
  std::optional<LabelMap> labels(int64_t index) const override;
  Drawn drawn(int64_t index) const override;
  bool synthetic() const override;

 private:
  struct Place {
    const Dataset& part;
    int64_t index;
  };
  Place place(int64_t index) const;

  std::vector<std::unique_ptr<Dataset>> parts_;
  std::vector<int64_t> begins_;  ///< of each part, then the end
};

}  // namespace newbie::train
