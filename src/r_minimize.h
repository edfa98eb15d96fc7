// R's own L-BFGS, apart from Armadillo: both declare the functions of BLAS, and differently.
#ifndef FEEDFORWARD_R_MINIMIZE_H
#define FEEDFORWARD_R_MINIMIZE_H

#include <vector>

// Byrd et al. (1995), doi:10.1137/0916069, without bounds.
struct Minimization {
  std::vector<double> x;  // where to start; afterwards, where it ended
  double (*value)(int n, double* x, void* problem);
  // asked at the x of the last value
  void (*gradient)(int n, double* x, double* gradient, void* problem);
  void* problem;
  int memory;        // how many past steps it learns from
  double tolerance;  // ends when the value changes by less, relative to it

  int failed = 0;  // afterwards: not 0 where it ended without having converged

  // Throws std::bad_alloc.
  void run();

  // Kept here because R may jump out of run().
  std::vector<double> no_bounds;
  std::vector<int> unbounded;
};

#endif
