#include "ops/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/backward/candidates.h"
#include "ops/backward/shape.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// Parts that agree in type and in every size but the one of `axis` (0 or -1); returns the sum of
/// that size.
int64_t joined_size(std::string_view op, const std::vector<Tensor>& parts, int axis) {
  if (parts.empty()) refuse_shape(op, "the list of parts", "empty", "at least one part");
  const Tensor& first = parts.front();
  require_defined(op, "part 0", first);
  if (first.rank() == 0) refuse_shape(op, "part 0", first.str(), "at least one axis");
  int64_t size = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string name = fmt::format("part {}", i);
    require_type_of(op, name, parts[i], first);
    require_rank(op, name, parts[i], first.rank(), fmt::format("{} axes", first.rank()));
    require_shape(op, name, parts[i], first.shape().with(axis, parts[i].dim(axis)));
    size += parts[i].dim(axis);
  }
  return size;
}

/// The parts lie one after another in one block, so that one node gathers the gradients of all.
std::vector<Tensor> split_columns_recorded(const Tensor& x, const std::vector<int64_t>& widths) {
  Tensor block = Tensor::empty({x.numel()}, x.dtype(), x.device());
  const auto views = [rows = x.shape().rows(), shape = x.shape(), widths](const Tensor& whole) {
    std::vector<Tensor> parts;
    int64_t first = 0;
    for (int64_t width : widths) {
      parts.push_back(whole.slice(first, first + rows * width).view(shape.with(-1, width)));
      first += rows * width;
    }
    return parts;
  };
  int64_t column = 0;
  for (Tensor& part : views(block)) {
    run_candidates("split_columns", take_columns_candidates(), part, x, column);
    column += part.dim(-1);
  }
  record(block, "split_columns", {x},
         [views](const Tensor& dy) { return std::vector{concat_columns(views(dy))}; });
  return views(block);
}

Tensor transposed(std::string_view op, const Tensor& x, Shape matrices, Shape result) {
  Tensor y = Tensor::empty(result, x.dtype(), x.device());
  run_candidates(op, transpose_candidates(), y, x.view(matrices));
  return y;
}

}  // namespace

Tensor concat_rows(const std::vector<Tensor>& parts) {
  const int64_t rows = joined_size("concat_rows", parts, 0);
  const Tensor& first = parts.front();
  Tensor y = Tensor::empty(first.shape().with(0, rows), first.dtype(), first.device());
  run_candidates("concat_rows", concat_rows_candidates(), y, parts);
  if (recording(parts)) {
    std::vector<int64_t> sizes;
    for (const Tensor& part : parts) sizes.push_back(part.dim(0));
    record(y, "concat_rows", parts, [sizes](const Tensor& dy) {
      std::vector<Tensor> gradients;
      int64_t row = 0;
      for (int64_t size : sizes) {
        gradients.push_back(dy.slice(row, row + size));
        row += size;
      }
      return gradients;
    });
  }
  return y;
}

Tensor concat_columns(const std::vector<Tensor>& parts) {
  const int64_t width = joined_size("concat_columns", parts, -1);
  const Tensor& first = parts.front();
  Tensor y = Tensor::empty(first.shape().with(-1, width), first.dtype(), first.device());
  run_candidates("concat_columns", concat_columns_candidates(), y, parts);
  if (recording(parts)) {
    std::vector<int64_t> widths;
    for (const Tensor& part : parts) widths.push_back(part.dim(-1));
    record(y, "concat_columns", parts,
           [widths](const Tensor& dy) { return split_columns(dy, widths); });
  }
  return y;
}

std::vector<Tensor> split_columns(const Tensor& x, const std::vector<int64_t>& widths) {
  require_defined("split_columns", "x", x);
  int64_t total = 0;
  for (int64_t width : widths) {
    if (width < 0) {
      refuse_shape("split_columns", "a width", fmt::format("{}", width), "0 or more columns");
    }
    total += width;
  }
  if (x.rank() == 0 || total != x.dim(-1)) {
    refuse_shape("split_columns", "x", x.str(), fmt::format("{} columns, as the widths", total));
  }
  if (recording(x)) return split_columns_recorded(x, widths);
  std::vector<Tensor> parts;
  if (widths.size() > 1 && std::ranges::count(widths, widths[0]) == std::ssize(widths)) {
    const int64_t count = std::ssize(widths);
    Tensor all = Tensor::empty({count, x.shape().rows(), widths[0]}, x.dtype(), x.device());
    run_candidates("split_columns", split_evenly_candidates(), all, x);
    for (int64_t part = 0; part < count; ++part) {
      parts.push_back(all.slice(part, part + 1).view(x.shape().with(-1, widths[0])));
    }
    return parts;
  }
  int64_t first = 0;
  for (int64_t width : widths) {
    parts.push_back(Tensor::empty(x.shape().with(-1, width), x.dtype(), x.device()));
    run_candidates("split_columns", take_columns_candidates(), parts.back(), x, first);
    first += width;
  }
  return parts;
}

Tensor take_rows(const Tensor& x, const std::vector<int64_t>& indices) {
  require_rank("take_rows", "x", x, 2, "[S,D]");
  for (int64_t index : indices) {
    if (index < 0 || index >= x.dim(0)) {
      refuse_shape("take_rows", "an index", fmt::format("{}", index),
                   fmt::format("0 to {}, the rows of x {}", x.dim(0) - 1, x.str()));
    }
  }
  const auto count = static_cast<int64_t>(indices.size());
  Tensor y = Tensor::empty({count, x.dim(1)}, x.dtype(), x.device());
  run_candidates("take_rows", take_rows_candidates(), y, x, indices);
  if (recording(x)) {
    record(y, "take_rows", {x}, [indices, rows = x.dim(0)](const Tensor& dy) {
      return std::vector{scatter_rows(dy, indices, rows, 1.0f, dy.dtype())};
    });
  }
  return y;
}

Tensor to_channels_last(const Tensor& x) {
  require_rank("to_channels_last", "x", x, 4, "[B,C,h,w]");
  const int64_t b = x.dim(0), c = x.dim(1), h = x.dim(2), w = x.dim(3);
  Tensor y = transposed("to_channels_last", x, {b, c, h * w}, {b, h, w, c});
  if (recording(x)) {
    record(y, "to_channels_last", {x},
           [](const Tensor& dy) { return std::vector{to_channels_first(dy)}; });
  }
  return y;
}

Tensor to_channels_first(const Tensor& x) {
  require_rank("to_channels_first", "x", x, 4, "[B,h,w,C]");
  const int64_t b = x.dim(0), h = x.dim(1), w = x.dim(2), c = x.dim(3);
  Tensor y = transposed("to_channels_first", x, {b, h * w, c}, {b, c, h, w});
  if (recording(x)) {
    record(y, "to_channels_first", {x},
           [](const Tensor& dy) { return std::vector{to_channels_last(dy)}; });
  }
  return y;
}

Tensor crop(const Tensor& image, int64_t y, int64_t x, int64_t height, int64_t width) {
  require_rank("crop", "image", image, 4, "[B,h,w,C]");
  const int64_t h = image.dim(1), w = image.dim(2);
  if (y < 0 || x < 0 || height < 0 || width < 0 || y > h - height || x > w - width) {
    refuse_shape("crop", "the window",
                 fmt::format("rows {} to {}, columns {} to {}", y, y + height, x, x + width),
                 fmt::format("inside {} x {}", h, w));
  }
  Tensor out =
      Tensor::empty({image.dim(0), height, width, image.dim(3)}, image.dtype(), image.device());
  run_candidates("crop", crop_candidates(), out, image, y, x);
  if (recording(image)) {
    record(out, "crop", {image},
           [y, x, h, w](const Tensor& dy) { return std::vector{place(dy, y, x, h, w)}; });
  }
  return out;
}

Tensor place(const Tensor& image, int64_t y, int64_t x, int64_t height, int64_t width) {
  require_rank("place", "image", image, 4, "[B,h,w,C]");
  const int64_t h = image.dim(1), w = image.dim(2);
  if (y < 0 || x < 0 || y > height - h || x > width - w) {
    refuse_shape("place", "the image",
                 fmt::format("rows {} to {}, columns {} to {}", y, y + h, x, x + w),
                 fmt::format("inside {} x {}", height, width));
  }
  Tensor out =
      Tensor::zeros({image.dim(0), height, width, image.dim(3)}, image.dtype(), image.device());
  run_candidates("place", place_candidates(), out, image, y, x, int64_t{1});
  if (recording(image)) {
    record(out, "place", {image},
           [y, x, h, w](const Tensor& dy) { return std::vector{crop(dy, y, x, h, w)}; });
  }
  return out;
}

Tensor spread_pixels(const Tensor& image, int64_t step, int64_t height, int64_t width) {
  require_rank("spread_pixels", "image", image, 4, "[B,h,w,C]");
  if (step < 1 || (image.dim(1) - 1) * step >= height || (image.dim(2) - 1) * step >= width) {
    refuse_shape("spread_pixels", "image", image.str(),
                 fmt::format("{} x {} pixels that hold it at step {}", height, width, step));
  }
  require_not_recording("spread_pixels", image);
  Tensor out =
      Tensor::zeros({image.dim(0), height, width, image.dim(3)}, image.dtype(), image.device());
  run_candidates("spread_pixels", place_candidates(), out, image, int64_t{0}, int64_t{0}, step);
  return out;
}

Tensor upsample_nearest_2x(const Tensor& image) {
  require_rank("upsample_nearest_2x", "image", image, 4, "[B,h,w,C]");
  const Shape doubled{image.dim(0), 2 * image.dim(1), 2 * image.dim(2), image.dim(3)};
  Tensor y = Tensor::empty(doubled, image.dtype(), image.device());
  run_candidates("upsample_nearest_2x", upsample_nearest_2x_candidates(), y, image);
  if (recording(image)) {
    record(y, "upsample_nearest_2x", {image},
           [](const Tensor& dy) { return std::vector{affine(average_2x2(dy), 4.0f, 0.0f)}; });
  }
  return y;
}

Tensor patchify(const Tensor& latent, int64_t patch) {
  require_rank("patchify", "latent", latent, 3, "[C,h,w]");
  const int64_t channels = latent.dim(0), h = latent.dim(1), w = latent.dim(2);
  if (patch < 1 || h % patch != 0 || w % patch != 0) {
    refuse_shape("patchify", "latent", latent.str(),
                 fmt::format("sides that are multiples of the patch {}", patch));
  }
  const Shape tokens{h / patch * (w / patch), patch * patch * channels};
  Tensor y = Tensor::empty(tokens, latent.dtype(), latent.device());
  run_candidates("patchify", patchify_candidates(), y, latent, patch);
  if (recording(latent)) {
    record(y, "patchify", {latent}, [patch, channels, h, w](const Tensor& dy) {
      return std::vector{unpatchify(dy, patch, channels, h, w)};
    });
  }
  return y;
}

Tensor unpatchify(const Tensor& tokens, int64_t patch, int64_t channels, int64_t h, int64_t w) {
  if (patch < 1 || h % patch != 0 || w % patch != 0) {
    refuse_shape("unpatchify", "the latent", fmt::format("{} x {}", h, w),
                 fmt::format("sides that are multiples of the patch {}", patch));
  }
  require_shape("unpatchify", "tokens", tokens,
                {h / patch * (w / patch), patch * patch * channels});
  Tensor y = Tensor::empty({channels, h, w}, tokens.dtype(), tokens.device());
  run_candidates("unpatchify", unpatchify_candidates(), y, tokens, patch);
  if (recording(tokens)) {
    record(y, "unpatchify", {tokens},
           [patch](const Tensor& dy) { return std::vector{patchify(dy, patch)}; });
  }
  return y;
}

}  // namespace newbie::ops
