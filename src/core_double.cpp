// The core in double precision: everything, as R's own functions compute in double. Nothing but the
// list in core.h, so the two precisions compile side by side.

#define FEEDFORWARD_COMPILES_CORE
#include "core.h"

namespace feedforward {

FEEDFORWARD_CORE(, double)
FEEDFORWARD_PASSES(, double)

}  // namespace feedforward
