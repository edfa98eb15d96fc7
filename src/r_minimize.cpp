// R's L-BFGS-B as the core's Minimizer. The algorithm is R's own, the one behind optim(), so there
// is no second one to test.

#include "r_minimize.h"

#include <R_ext/Applic.h>

#include <limits>

#include "r_unwind.h"

namespace {

using feedforward::SmoothFunction;

// All that run() needs, kept outside of it because R may jump out of it. Without bounds: nbd 0 for
// each variable, so the bounds themselves are not read.
struct Search {
  SmoothFunction& function;
  std::vector<double> x;
  const feedforward::LbfgsOptions& options;
  std::vector<double> no_bounds;
  std::vector<int> unbounded;
  int failed = 0;

  void run() {
    const auto value = [](int, double* at, void* f) {
      return static_cast<SmoothFunction*>(f)->value(at);
    };
    const auto gradient = [](int, double*, double* g, void* f) {
      static_cast<SmoothFunction*>(f)->gradient(g);
    };
    // It ends by its tolerance, or when the function says so; never by counting.
    const int n = static_cast<int>(x.size()), iterations = std::numeric_limits<int>::max();
    double lowest = 0;
    int values = 0, gradients = 0;
    char message[60];
    lbfgsb(n, options.memory, x.data(), no_bounds.data(), no_bounds.data(), unbounded.data(),
           &lowest, value, gradient, &failed, &function,
           options.tolerance / std::numeric_limits<double>::epsilon(), 0, &values, &gradients,
           iterations, message, 0, 1);
  }
};

// R's L-BFGS-B keeps its place in static variables, which a search inside another would overwrite.
class Turn {
 public:
  Turn() {
    if (taken) throw MinimizerBusy();
    taken = true;
  }
  ~Turn() { taken = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static inline bool taken = false;
};

}  // namespace

// R allocates the memory it needs, and jumps away if there is none. The function's own exceptions
// never get this far, see SmoothFunction. What R allocated is freed at once, as a training may call
// it from a long R call.
bool RMinimizer::minimize(SmoothFunction& function, std::vector<double> x,
                          const feedforward::LbfgsOptions& options) {
  const Turn turn;
  const std::size_t n = x.size();
  Search search = {function, std::move(x), options, std::vector<double>(n, 0),
                   std::vector<int>(n, 0)};
  const void* heap = vmaxget();
  unwinding([&] { search.run(); });
  vmaxset(heap);
  return search.failed == 0;
}
