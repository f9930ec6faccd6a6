/// Checks the libraries' products, attention and convolutions on a device, then times them at the
/// sizes of the 1024x1024 model. Exit code: how many checks failed, at most 99.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness.h"

namespace {

/// Words of the command line: only parts whose names hold one of them run; none means all.
std::vector<std::string_view> wanted;

template <class Part>
void guarded(std::string_view name, newbie::bench::Report& report, const Part& part) {
  const auto names_it = [&](std::string_view word) { return name.find(word) != name.npos; };
  if (!wanted.empty() && std::ranges::none_of(wanted, names_it)) return;
  fmt::print("-- {}\n", name);
  try {
    part();
  } catch (const newbie::Error& error) {
    fmt::print("{}: {}\n", error.code(), error.what());
    report.check(std::string(name), 1, 0);
  }
}

}  // namespace

int main(int count, char** words) {
  wanted.assign(words + 1, words + count);
  using namespace newbie::bench;
  cudaDeviceProp properties{};
  newbie::ops::cuda::check_cuda(cudaGetDeviceProperties(&properties, 0), "looking at the device");
  fmt::print("{} cuDNN {} cuBLASLt {}\n", properties.name, cudnnGetVersion(), cublasLtGetVersion());
  cudaStream_t stream;
  newbie::ops::cuda::check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                                "making a stream");
  Report report;
  {
    Libraries libraries(0, stream);
    guarded("products", report, [&] { check_products(libraries, report); });
    guarded("attention", report, [&] { check_attention(libraries, report); });
    guarded("convolutions", report, [&] { check_convolutions(libraries, report); });
    guarded("times of products", report, [&] { time_products(libraries, report); });
    guarded("times of attention", report, [&] { time_attention(libraries, report); });
    guarded("times of convolutions", report, [&] { time_convolutions(libraries, report); });
  }
  cudaStreamDestroy(stream);
  fmt::print("{} checks failed\n", report.failures());
  return std::min(report.failures(), 99);
}
