#include "support/golden.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "base/file.h"
#include "io/safetensors.h"

namespace newbie::test {
namespace {

struct Stage {
  int comparisons = 0;
  double worst = 0;
  double limit = 0;
};

/// Prints the account when the program ends.
class Account : public ::testing::Environment {
 public:
  void TearDown() override {
    int comparisons = 0;
    fmt::print("golden set: {}\n", golden_folder().string());
    for (const auto& [name, stage] : stages_) {
      comparisons += stage.comparisons;
      fmt::print("golden | {} | {} comparisons | worst {:.1e} | limit {:.0e} |\n", name,
                 stage.comparisons, stage.worst, stage.limit);
    }
    fmt::print("golden: {} comparisons made, {} skipped (absent from this set)\n", comparisons,
               skipped_);
    EXPECT_GT(comparisons, 0) << "a golden run that compares nothing proves nothing";
  }
  void add(const std::string& stage, double error, double limit) {
    Stage& s = stages_[stage];
    ++s.comparisons;
    s.worst = std::max(s.worst, std::isnan(error) ? INFINITY : error);
    s.limit = limit;
  }
  void skip() { ++skipped_; }

 private:
  std::map<std::string, Stage> stages_;
  int skipped_ = 0;
};

Account* const account =
    static_cast<Account*>(::testing::AddGlobalTestEnvironment(new Account));  // gtest owns it

}  // namespace

double relative_l2(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    const double d = double{a[i]} - double{b[i]};
    difference += d * d;
    size += double{b[i]} * double{b[i]};
  }
  return size == 0 ? std::sqrt(difference) : std::sqrt(difference / size);
}

GoldenFile::GoldenFile(const std::string& name) : name_(name) {
  const auto path = golden_folder() / "goldens" / (name + ".safetensors");
  if (!std::filesystem::exists(path)) return;
  file_ = std::make_shared<io::SafetensorsFile>(io::SafetensorsFile::open(path));
  exists_ = true;
  const auto manifest = golden_folder() / "goldens" / (name + ".manifest.json");
  if (std::filesystem::exists(manifest)) {
    manifest_ = parse_json(read_file(manifest), manifest.string()).value();
  }
}

std::optional<Tensor> GoldenFile::find(const std::string& tensor) const {
  if (!exists_) return std::nullopt;
  const auto& file = *static_cast<const io::SafetensorsFile*>(file_.get());
  const auto* entry = file.find(tensor);
  if (!entry) return std::nullopt;
  static const Device device = Device::cpu(1);
  return file.tensor(*entry, device);
}

std::vector<std::string> GoldenFile::names() const {
  std::vector<std::string> out;
  if (!exists_) return out;
  for (const auto& entry : static_cast<const io::SafetensorsFile*>(file_.get())->entries()) {
    out.push_back(entry.name);
  }
  return out;
}

std::string GoldenFile::what(const std::string& tensor) const {
  if (!manifest_.contains("tensors") || !manifest_["tensors"].contains(tensor)) return "";
  return manifest_["tensors"][tensor].value("what", "");
}

void expect_close(const std::vector<float>& expected, const std::vector<float>& ours, double limit,
                  const std::string& stage, const std::string& what) {
  ASSERT_EQ(expected.size(), ours.size()) << what;
  const double error = relative_l2(ours, expected);
  account->add(stage, error, limit);
  if (error <= limit) return;
  size_t worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (std::fabs(ours[i] - expected[i]) > std::fabs(ours[worst] - expected[worst])) worst = i;
  }
  ADD_FAILURE() << what << ": relative L2 " << error << ", limit " << limit << "; worst at "
                << worst << ": expected " << expected[worst] << ", got " << ours[worst]
                << "\nrerun: NEWBIE_GOLDEN_DIR=" << golden_folder().string()
                << " this program --gtest_filter="
                << ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() << "."
                << ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

void expect_golden(const GoldenFile& file, const std::string& tensor,
                   const std::vector<float>& ours, double limit, const std::string& stage) {
  const auto golden = file.find(tensor);
  if (!golden) return account->skip();
  expect_close(golden->to_floats(), ours, limit, stage, tensor);
}

void count_comparison(const std::string& stage, double error) { account->add(stage, error, 0); }
void count_skipped(const std::string&) { account->skip(); }

}  // namespace newbie::test
