#pragma once
/// Loading a model and making pictures with it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "newbie/byte_size.h"
#include "newbie/request.h"

namespace newbie {

/// What an engine runs on. describe() names what flags and forms offer.
struct EngineOptions {
  std::filesystem::path model;
  int64_t threads = 0;  ///< 0 = all processors
  bool keep_loaded =
      false;  ///< keep networks between requests instead of releasing each after its stage
  std::string device = "auto";   ///< auto, cpu, cuda or cuda:N
  std::string offload = "auto";  ///< what leaves an NVIDIA device: none, encoders, all, auto
  ByteSize vram_limit;           ///< memory that may be used of an NVIDIA device; 0 = what is free

  template <class Visitor>
  void describe(Visitor&& v) {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    v(device,
      FieldInfo{"device",
                "where the networks run: auto, cpu, cuda or cuda:N; auto = the first NVIDIA "
                "device that can, else the processor",
                "device"});
    v(offload,
      FieldInfo{"offload",
                "what leaves an NVIDIA device while it is not used: none, the text encoders, "
                "all (the transformer's blocks too), or auto = as little as memory allows",
                "device",
                -kInf,
                kInf,
                {"auto", "none", "encoders", "all"}});
    v(vram_limit,
      FieldInfo{"vram_limit",
                "use at most this much of an NVIDIA device's memory, for example 12GB; 0 "
                "= what is free",
                "device"});
    v(threads, FieldInfo{"threads", "processors to use; 0 = all", "device", 0, 4096});
  }
};

/// Where a request stands. `remaining_s` is negative while nobody knows.
struct Progress {
  std::string stage;  ///< "load text encoder", "encode", "load transformer", "sample", "decode"
  int64_t done = 0;
  int64_t total = 0;
  double elapsed_s = 0;
  double remaining_s = -1;
};

/// 8-bit RGB, row by row.
struct Pixels {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;
};

struct GeneratedImage {
  int64_t index = 0;
  uint64_t seed = 0;
  Pixels pixels;
  /// The whole file, recipe inside. The same request gives the same bytes.
  std::string png;
};

/// Bytes at their highest, per component ("dit weights").
struct MemoryLine {
  std::string name;
  uint64_t peak_bytes = 0;
};

/// What a run used; not part of the picture.
struct RunReport {
  std::vector<MemoryLine> memory;
  uint64_t peak_resident_bytes = 0;
  std::vector<std::pair<std::string, double>> seconds;  ///< per stage
};

/// Where one picture looked at its prompt, as files to be written into one folder: index.html for
/// people, maps.json and maps.npy for programs, a PNG per heat map.
struct Explanation {
  int64_t index = 0;
  uint64_t seed = 0;
  struct File {
    std::string name;
    std::string bytes;
  };
  std::vector<File> files;
  /// How much of the attention to each character lies where the others are, as a table for a
  /// terminal; empty for fewer than two characters.
  std::string leakage;
};

/// Called from the thread that generates.
struct GenerateEvents {
  std::function<void(const Progress&)> progress;
  /// A finding about the prompt or a choice made, ready to print. `warning` or `info`.
  std::function<void(const std::string& severity, const std::string& text)> note;
  /// The picture so far, coarse (one pixel per latent cell).
  std::function<void(const Pixels&)> preview;
  /// Each picture as soon as it is done.
  std::function<void(GeneratedImage)> image;
  /// Follows each picture when set. The picture's bytes stay as they are; sampling takes longer.
  std::function<void(Explanation)> explanation;
  bool explain_tags = false;  ///< a heat map for every tag too, not only characters and elements
};

/// One model and the device it runs on. Drive from one thread; cancel() from any thread or a signal
/// handler.
class Engine {
 public:
  /// Errors: `model.*`. Weights are opened when first needed.
  explicit Engine(const EngineOptions& options);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Makes request.count pictures. Errors: `request.*`, `prompt.rejected`, `weights.*`, `config.*`,
  /// `memory.exhausted`, `sampling.not_finite`, `request.cancelled`.
  RunReport generate(const GenerateRequest& request, const GenerateEvents& events);

  /// Stops the running request within one op; the next one runs again. Async-signal-safe.
  void cancel() noexcept;

  /// The request with every open field filled in: sent again, it makes the same pictures even where
  /// defaults have changed. Errors: `request.*`.
  GenerateRequest resolve(const GenerateRequest& request) const;

  /// 16 hex digits that are the same for two requests exactly when the recipes of their pictures
  /// are: all fields that decide pixels, the contents of weights, start picture and mask. Device
  /// and version take no part. Cost: reads all weights once. Errors: `request.*`, `file.*`.
  std::string recipe_id(const GenerateRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The request as JSON, every field in the order of its description, and back.
/// Errors: `json.*`, `request.unknown_field`, `request.field` (type, range or choice).
std::string to_json(const GenerateRequest& request);
GenerateRequest request_from_json(const std::string& json);

}  // namespace newbie
