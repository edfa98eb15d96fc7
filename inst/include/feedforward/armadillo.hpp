// Armadillo, wherever it comes from: RcppArmadillo in a package, <armadillo> elsewhere.
#ifndef FEEDFORWARD_ARMADILLO_HPP
#define FEEDFORWARD_ARMADILLO_HPP

// The only threads are those of threads.hpp.
#ifndef ARMA_DONT_USE_OPENMP
#define ARMA_DONT_USE_OPENMP
#endif

#ifndef ARMA_INCLUDES
#include <armadillo>
#endif

#endif
