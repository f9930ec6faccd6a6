#include "ops/transfer.h"

#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// The gradient goes back to where x lies.
void record_return(Tensor& y, std::string_view op, const Tensor& x) {
  if (!recording(x)) return;
  record(y, op, {x},
         [device = x.device()](const Tensor& dy) { return std::vector{to_device(dy, device)}; });
}

}  // namespace

Tensor to_device(const Tensor& x, const Device& device) {
  require_defined("to_device", "x", x);
  if (x.device() == device) return x;
  device.cancel().throw_if_requested();
  if (x.device().kind() != DeviceKind::cpu) return to_device(to_host(x), device);
  Tensor y = Tensor::empty(x.shape(), x.dtype(), device);
  x.upload_to(device, y.mutable_raw());
  record_return(y, "to_device", x);
  return y;
}

Tensor to_host(const Tensor& x) {
  require_defined("to_host", "x", x);
  if (x.device().kind() == DeviceKind::cpu) return x;
  Tensor y = Tensor::empty(x.shape(), x.dtype(), Device::cpu(x.device().threads()));
  x.device().download(y.mutable_raw(), x.raw(), x.bytes());
  record_return(y, "to_host", x);
  return y;
}

}  // namespace newbie::ops
