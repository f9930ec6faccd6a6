#include "ops/sequences.h"

#include <algorithm>

#include "ops/candidates_training.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

void require_pair(std::string_view op, const Packing& first, const Packing& second) {
  if (first.count() == second.count()) return;
  refuse_shape(op, "the packings",
               fmt::format("{} and {} sequences", first.count(), second.count()),
               "as many of both");
}

int64_t longest(const Packing& sequences) {
  int64_t most = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) most = std::max(most, sequences.length(b));
  return most;
}

}  // namespace

Tensor join_sequences(const Tensor& first, const Packing& first_rows, const Tensor& second,
                      const Packing& second_rows) {
  constexpr std::string_view kOp = "join_sequences";
  require_number(kOp, "first", first);
  require_rank(kOp, "first", first, 2, "[S,D]");
  require_rank(kOp, "second", second, 2, "[T,D]");
  require_type_of(kOp, "second", second, first);
  require_shape(kOp, "second", second, {second.dim(0), first.dim(1)});
  require_rows(kOp, first_rows, first.dim(0));
  require_rows(kOp, second_rows, second.dim(0));
  require_pair(kOp, first_rows, second_rows);
  Tensor y =
      Tensor::empty({first.dim(0) + second.dim(0), first.dim(1)}, first.dtype(), first.device());
  run_candidates(kOp, join_sequences_candidates(), y, first, first_rows, second, second_rows);
  if (recording(first, second)) {
    record(y, kOp, {first, second}, [first_rows, second_rows](const Tensor& dy) {
      auto parts = part_sequences(dy, first_rows, second_rows);
      return std::vector{std::move(parts.first), std::move(parts.second)};
    });
  }
  return y;
}

JoinedParts part_sequences(const Tensor& x, const Packing& first_rows, const Packing& second_rows) {
  constexpr std::string_view kOp = "part_sequences";
  require_number(kOp, "x", x);
  require_rank(kOp, "x", x, 2, "[S+T,D]");
  require_pair(kOp, first_rows, second_rows);
  const int64_t first = first_rows.rows(), rows = first + second_rows.rows();
  require_shape(kOp, "x", x, {rows, x.dim(1)});
  // One block, so that one node gathers the gradients of both parts.
  Tensor block = Tensor::empty(x.shape(), x.dtype(), x.device());
  run_candidates(kOp, part_sequences_candidates(), block, x, first_rows, second_rows);
  if (recording(x)) {
    record(block, kOp, {x}, [first_rows, second_rows, first, rows](const Tensor& dy) {
      return std::vector{
          join_sequences(dy.slice(0, first), first_rows, dy.slice(first, rows), second_rows)};
    });
  }
  return {block.slice(0, first), block.slice(first, rows)};
}

Tensor pad_heads(const Tensor& x, const Packing& sequences, const HeadPadding& padding) {
  constexpr std::string_view kOp = "pad_heads";
  require_number(kOp, "x", x);
  require_rank(kOp, "x", x, 3, "[S,H,E]");
  require_rows(kOp, sequences, x.dim(0));
  if (padding.length < longest(sequences) || padding.width < x.dim(2)) {
    refuse_shape(kOp, "the box", fmt::format("{} rows of {}", padding.length, padding.width),
                 fmt::format("at least {} rows of {}", longest(sequences), x.dim(2)));
  }
  Tensor y = Tensor::empty({sequences.count() * padding.length, x.dim(1), padding.width}, x.dtype(),
                           x.device());
  run_candidates(kOp, pad_heads_candidates(), y, x, sequences, padding);
  if (recording(x)) {
    record(y, kOp, {x}, [sequences, length = padding.length, width = x.dim(2)](const Tensor& dy) {
      return std::vector{unpad_heads(dy, sequences, length, width)};
    });
  }
  return y;
}

Tensor unpad_heads(const Tensor& y, const Packing& sequences, int64_t length, int64_t width) {
  constexpr std::string_view kOp = "unpad_heads";
  require_number(kOp, "y", y);
  require_rank(kOp, "y", y, 3, "[B*length,H,E']");
  require_shape(kOp, "y", y, {sequences.count() * length, y.dim(1), y.dim(2)});
  if (length < longest(sequences) || y.dim(2) < width) {
    refuse_shape(kOp, "the box", fmt::format("{} rows of {}", length, y.dim(2)),
                 fmt::format("at least {} rows of {}", longest(sequences), width));
  }
  Tensor x = Tensor::empty({sequences.rows(), y.dim(1), width}, y.dtype(), y.device());
  run_candidates(kOp, unpad_heads_candidates(), x, y, sequences, length);
  if (recording(y)) {
    record(x, kOp, {y}, [sequences, length, wide = y.dim(2)](const Tensor& dx) {
      return std::vector{pad_heads(dx, sequences, {.length = length, .width = wide})};
    });
  }
  return x;
}

}  // namespace newbie::ops
