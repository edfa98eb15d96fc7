// The core in single precision: only what training needs. See core_double.cpp.

#define FEEDFORWARD_COMPILES_CORE
#include "core.h"

namespace feedforward {

FEEDFORWARD_CORE(, float)

}  // namespace feedforward
