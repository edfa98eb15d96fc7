// The core in double precision.

#define FEEDFORWARD_COMPILES_CORE
#include "core.h"

namespace feedforward {

FEEDFORWARD_CORE(, double)
FEEDFORWARD_PASSES(, double)

}  // namespace feedforward
