/// Keys and values are packed once per call into panels (their size again, or twice that for bf16
/// in f32); then every task takes a tile of queries of one head. Bound by the product unit; the
/// softmax between the two products is a tenth of the time. Tried before: oneDNN products on the
/// same tiles (8 % slower at 4400 keys, they copy the keys anew for every tile).
#include "ops/cpu/attention.h"

#include "ops/cpu/pieces.h"
#include "ops/cpu/product/kernels.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

/// Keys that one task packs.
constexpr int64_t kPackedRows = 512;

/// The packed keys and values of every (sequence, key head).
class PackedHeads {
 public:
  PackedHeads(const ProductKernels& kernels, const Tensor& k, const Tensor& v,
              const Packing& sequences)
      : kernels_(kernels), k_(k), v_(v), sequences_(sequences) {
    size_t bytes = 0;
    for (int64_t b = 0; b < sequences.count(); ++b) {
      const int64_t rows = sequences.length(b);
      starts_.push_back(bytes);
      bytes += static_cast<size_t>(k.dim(1)) * head_bytes(rows);
      for (int64_t head = 0; head < k.dim(1); ++head) {
        for (int64_t begin = 0; begin < rows; begin += kPackedRows) {
          pieces_.push_back({b, head, begin, std::min(begin + kPackedRows, rows)});
        }
      }
    }
    const MemoryScope scope(k.device(), MemoryUse::workspace);
    packed_ = Tensor::empty(Shape{static_cast<int64_t>(bytes)}, DType::u8, k.device());
    if (k.device().plans()) return;
    std::byte* base = packed_.mutable_raw();
    parallel_for(k.device().threads(), static_cast<int64_t>(pieces_.size()), [&](int64_t i) {
      k.device().cancel().throw_if_requested();
      pack(pieces_[static_cast<size_t>(i)], base);
    });
  }

  const std::byte* keys(int64_t b, int64_t head) const {
    return packed_.raw() + starts_[static_cast<size_t>(b)] +
           static_cast<size_t>(head) * head_bytes(sequences_.length(b));
  }
  const std::byte* values(int64_t b, int64_t head) const {
    return keys(b, head) + key_bytes(sequences_.length(b));
  }

 private:
  struct Piece {
    int64_t sequence, head, begin, end;
  };

  static size_t lines(int64_t bytes) { return static_cast<size_t>((bytes + 63) / 64 * 64); }
  size_t key_bytes(int64_t rows) const { return lines(kernels_.key_bytes(rows, k_.dim(2))); }
  size_t head_bytes(int64_t rows) const {
    return key_bytes(rows) + lines(kernels_.value_bytes(rows, k_.dim(2)));
  }

  void pack(const Piece& piece, std::byte* base) const {
    const int64_t heads = k_.dim(1), width = k_.dim(2);
    const int64_t first = (sequences_.begin(piece.sequence) * heads + piece.head) * width;
    PackRows job{.element = element_of(k_.dtype()),
                 .x = address(k_, first),
                 .stride = heads * width,
                 .begin = piece.begin,
                 .end = piece.end,
                 .count = sequences_.length(piece.sequence),
                 .width = width,
                 .packed = base + (keys(piece.sequence, piece.head) - packed_.raw())};
    kernels_.pack_keys(job);
    job.x = address(v_, first);
    job.packed = base + (values(piece.sequence, piece.head) - packed_.raw());
    kernels_.pack_values(job);
  }

  const ProductKernels& kernels_;
  const Tensor& k_;
  const Tensor& v_;
  const Packing& sequences_;
  std::vector<size_t> starts_;
  std::vector<Piece> pieces_;
  Tensor packed_;
};

/// Tiles of all sequences and heads, numbered with the heads of one key head next to each other.
struct QueryTile {
  int64_t sequence, head, first, rows;
};

std::vector<QueryTile> tiles_of(const Packing& sequences, int64_t heads, int64_t step) {
  std::vector<QueryTile> tiles;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t length = sequences.length(b);
    for (int64_t head = 0; head < heads; ++head) {
      // The last tiles of a causal head are the longest: first, so that no thread ends late.
      for (int64_t tile = (length + step - 1) / step - 1; tile >= 0; --tile) {
        tiles.push_back({b, head, tile * step, std::min(step, length - tile * step)});
      }
    }
  }
  return tiles;
}

void attend_all(const ProductKernels& kernels, Tensor& out, const Tensor& q, const Tensor& k,
                const Tensor& v, const Packing& sequences, const AttentionOptions& options) {
  const int64_t heads = q.dim(1), group = heads / k.dim(1), width = q.dim(2);
  if (out.numel() == 0) return;
  const PackedHeads packed(kernels, k, v, sequences);
  const std::vector<QueryTile> tiles = tiles_of(sequences, heads, kernels.tile_rows);
  Workspaces workspaces(out.device(), static_cast<size_t>(kernels.attention_scratch(width)));
  if (workspaces.plan(static_cast<int64_t>(tiles.size()))) return;
  const Output to(out);

  parallel_for(out.device().threads(), static_cast<int64_t>(tiles.size()), [&](int64_t i) {
    out.device().cancel().throw_if_requested();
    const QueryTile& tile = tiles[static_cast<size_t>(i)];
    const int64_t at = ((sequences.begin(tile.sequence) + tile.first) * heads + tile.head) * width;
    const Tensor bias =
        options.bias.empty() ? Tensor() : options.bias[static_cast<size_t>(tile.sequence)];
    Workspaces::Lease workspace(workspaces);
    kernels.attend({.element = element_of(q.dtype()),
                    .q = address(q, at),
                    .q_stride = heads * width,
                    .first = tile.first,
                    .rows = tile.rows,
                    .width = width,
                    .keys = sequences.length(tile.sequence),
                    .key_panels = packed.keys(tile.sequence, tile.head / group),
                    .value_panels = packed.values(tile.sequence, tile.head / group),
                    .scale = options.scale,
                    .causal = options.causal,
                    .window = options.window,
                    .bias = bias.defined() ? bias.data<float>() : nullptr,
                    .bias_rows = bias.defined() ? bias.dim(0) : 0,
                    .bias_columns = bias.defined() ? bias.dim(1) : 0,
                    .out = to.at(at),
                    .out_stride = heads * width,
                    .scratch = workspace.data()});
  });
}

}  // namespace

std::string attention_bf16_declines(const Tensor& q, const Tensor&, const Tensor&, const Packing&,
                                    const AttentionOptions&, const KeepAttention&) {
  if (q.dtype() != DType::bf16) return "the type is not bf16";
  return bf16_product_kernels() ? "" : "the processor has no products of bf16";
}

void attention_bf16(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                    const Packing& sequences, const AttentionOptions& options,
                    const KeepAttention&) {
  attend_all(*bf16_product_kernels(), out, q, k, v, sequences, options);
}

void attention_f32(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                   const Packing& sequences, const AttentionOptions& options,
                   const KeepAttention&) {
  attend_all(product_kernels(), out, q, k, v, sequences, options);
}

}  // namespace newbie::ops::cpu
