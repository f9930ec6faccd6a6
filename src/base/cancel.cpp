#include "base/cancel.h"

#include "base/error.h"

namespace newbie {

void CancelToken::throw_if_requested() const {
  if (requested()) throw Error("request.cancelled", "cancelled before it was finished");
}

}  // namespace newbie
