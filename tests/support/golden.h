#pragma once
/// Comparing with golden files, and the account of what was compared: programs that use this
/// compile tests/support/golden.cpp.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/golden_folder.h"
#include "tensor/tensor.h"

namespace newbie::test {

/// Largest relative L2 distance that still counts as the same network.
struct Limits {
  double f32;
  double bf16;
};
inline constexpr Limits kNetworkLimits{5e-6, 4e-2};
inline constexpr Limits kVaeLimits{1e-5, 4e-2};

/// |a - b| / |b| over all elements.
double relative_l2(const std::vector<float>& a, const std::vector<float>& b);

/// goldens/<name>.safetensors with its manifest; a set may lack either, or any tensor.
class GoldenFile {
 public:
  explicit GoldenFile(const std::string& name);

  bool exists() const { return exists_; }
  const std::string& name() const { return name_; }
  const Json& manifest() const { return manifest_; }
  std::optional<Tensor> find(const std::string& tensor) const;
  std::vector<std::string> names() const;
  /// What the manifest says about a tensor; "" when it says nothing.
  std::string what(const std::string& tensor) const;

 private:
  std::string name_;
  std::shared_ptr<const void> file_;
  bool exists_ = false;
  Json manifest_;
};

/// Fails when relative L2 is over the limit; counts under `stage` either way.
void expect_close(const std::vector<float>& expected, const std::vector<float>& ours, double limit,
                  const std::string& stage, const std::string& what);

/// The same with a tensor of a golden file; counts as skipped when the file lacks it.
void expect_golden(const GoldenFile& file, const std::string& tensor,
                   const std::vector<float>& ours, double limit, const std::string& stage);

/// A comparison that was made in another way.
void count_comparison(const std::string& stage, double error);
void count_skipped(const std::string& what);

}  // namespace newbie::test
