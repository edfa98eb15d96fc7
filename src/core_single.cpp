// The core in single precision.

#define FEEDFORWARD_COMPILES_CORE
#include "core.h"

namespace feedforward {

FEEDFORWARD_CORE(, float)

}  // namespace feedforward
