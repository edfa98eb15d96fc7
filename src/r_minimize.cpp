#include "r_minimize.h"

#include <R_ext/Applic.h>
#include <Rinternals.h>

#include <limits>
#include <new>

namespace {

void minimize(void* data) {
  Minimization& m = *static_cast<Minimization*>(data);
  const int n = static_cast<int>(m.x.size()), iterations = std::numeric_limits<int>::max();
  double value = 0;
  int values = 0, gradients = 0;
  char message[60];
  lbfgsb(n, m.memory, m.x.data(), m.no_bounds.data(), m.no_bounds.data(), m.unbounded.data(),
         &value, m.value, m.gradient, &m.failed, m.problem,
         m.tolerance / std::numeric_limits<double>::epsilon(), 0, &values, &gradients, iterations,
         message, 0, 1);
}

}  // namespace

// R allocates the memory it needs, and would jump away if there is none.
void Minimization::run() {
  no_bounds.assign(x.size(), 0);
  unbounded.assign(x.size(), 0);
  const void* heap = vmaxget();
  const bool returned = R_ToplevelExec(minimize, this);
  vmaxset(heap);
  if (!returned) throw std::bad_alloc();
}
