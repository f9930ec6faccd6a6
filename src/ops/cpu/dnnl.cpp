#include "ops/cpu/dnnl.h"

#include <fmt/format.h>

namespace newbie::ops::cpu {

const dnnl::engine& dnnl_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::data_type dnnl_type(DType dtype) {
  check(dtype == DType::f32 || dtype == DType::bf16, "dnnl_type: f32 or bf16");
  return dtype == DType::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

void rethrow(const dnnl::error& error, const std::string& what) {
  if (error.status == dnnl_out_of_memory) {
    throw Error("memory.exhausted", fmt::format("{}: oneDNN found no memory", what))
        .hint("make the picture or the batch smaller, or close other programs");
  }
  throw Error("ops.library", fmt::format("{}: oneDNN failed: {} (status {})", what, error.what(),
                                         static_cast<int>(error.status)));
}

void rethrow(const std::bad_alloc&, const std::string& what) {
  throw Error("memory.exhausted", fmt::format("{}: no memory", what))
      .hint("make the picture or the batch smaller, or close other programs");
}

std::string dnnl_version_text() {
  const dnnl_version_t* version = dnnl::version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace newbie::ops::cpu
