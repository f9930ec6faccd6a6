#include "measure.h"

#include <chrono>
#include <ctime>

#include "base/parallel.h"
#include "support/compare.h"

namespace newbie::bench {
namespace {

int chosen_threads = 0;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Stopwatch::Stopwatch() : wall_(wall_seconds()), cpu_(cpu_seconds()) {}

Elapsed Stopwatch::elapsed() const { return {wall_seconds() - wall_, cpu_seconds() - cpu_}; }

void keep(const void* memory) { benchmark::DoNotOptimize(memory); }

int threads() { return chosen_threads > 0 ? chosen_threads : hardware_threads(); }
void set_threads(int threads) { chosen_threads = threads; }

double tolerance_of(DType dtype) { return dtype == DType::f32 ? 1e-5 : 3.3e-3; }

void require_close(const Tensor& found, const Tensor& expected, double tolerance) {
  const double distance = test::relative_l2(found, expected);
  if (!(distance <= tolerance)) {
    throw Error("bench.wrong", "the result is wrong: " + test::worst_element(found, expected));
  }
}

void measure(const std::string& name, DType dtype, std::function<Workload(const Device&)> make) {
  benchmark::RegisterBenchmark(
      name.c_str(),
      [=](benchmark::State& state) {
        const Device device = Device::cpu(threads());
        Workload workload;
        try {
          workload = make(device);
        } catch (const Error& error) {
          return state.SkipWithError(error.what());
        }
        const Rate peak = peak_rate(dtype, threads());
        const Stopwatch watch;
        for (auto _ : state) workload.run();
        const Elapsed elapsed = watch.elapsed();
        const double done = workload.operations * 1e-9 * static_cast<double>(state.iterations());
        const double rate = done / elapsed.wall;
        state.counters["GOP/s"] = rate;
        state.counters["share"] = rate / peak.wall;
        state.counters["share_cpu"] = done / elapsed.cpu * threads() / peak.cpu;
        state.counters["busy"] = elapsed.cpu / (elapsed.wall * threads());
      })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace newbie::bench
