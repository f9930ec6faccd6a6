#pragma once
/// What every use of oneDNN shares: the engine, types, and its failures as our errors.

#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "base/parallel.h"
#include "tensor/tensor.h"

namespace newbie::ops::cpu {

const dnnl::engine& dnnl_engine();

/// f32 or bf16.
dnnl::memory::data_type dnnl_type(DType dtype);

/// Throws what oneDNN said about `what`: `memory.exhausted` or `ops.library`.
[[noreturn]] void rethrow(const dnnl::error& error, const std::string& what);
[[noreturn]] void rethrow(const std::bad_alloc& error, const std::string& what);

/// Runs `body` with OpenMP held to one thread, as primitives must be both made and run: then their
/// blocking depends on shapes alone. `describe` names the op and its shapes when oneDNN fails.
template <class Describe, class Body>
void with_dnnl(const Describe& describe, const Body& body) {
  parallel_for(1, 1, [&](int64_t) {
    try {
      body();
    } catch (const dnnl::error& error) {
      rethrow(error, describe());
    } catch (const std::bad_alloc& error) {
      rethrow(error, describe());
    }
  });
}

/// The library's version: "2.7.4".
std::string dnnl_version_text();

}  // namespace newbie::ops::cpu
