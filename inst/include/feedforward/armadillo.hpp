// Armadillo, wherever it comes from: RcppArmadillo in a package, <armadillo> elsewhere. The core
// uses it for matrices and what happens to whole ones; products are product.hpp's, so neither BLAS
// nor LAPACK is needed. All files of the core include it through this one.
#ifndef FEEDFORWARD_ARMADILLO_HPP
#define FEEDFORWARD_ARMADILLO_HPP

// The only threads are the team of threads.hpp: others would take cores away from it, and would not
// survive a fork.
#ifndef ARMA_DONT_USE_OPENMP
#define ARMA_DONT_USE_OPENMP
#endif

#ifndef ARMA_INCLUDES
#include <armadillo>
#endif

namespace feedforward {
// RcppArmadillo counts with 32 bits unless told -DARMA_64BIT_WORD=1.
static_assert(sizeof(arma::uword) == 8, "matrices may have more than 2^32 elements");
}  // namespace feedforward

#endif
