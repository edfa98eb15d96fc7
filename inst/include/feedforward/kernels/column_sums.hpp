// Sums over the observations of a batch, which are the gradients of biases. network.hpp asks for
// them beside the gradients of weights in product.hpp.
#ifndef FEEDFORWARD_KERNELS_COLUMN_SUMS_HPP
#define FEEDFORWARD_KERNELS_COLUMN_SUMS_HPP

#include <cstddef>

#include "../armadillo.hpp"
#include "backend.hpp"
#include "dispatch.hpp"

namespace feedforward {

// Some units of db (all_units) = keep db + scale (sum of the columns of dZ (all_units, m)). Each
// unit is summed in the order of the observations, whoever sums it.
template <class Real>
struct ColumnSumJob {
  Real scale, keep;
  const Real* dZ;
  std::size_t all_units, observations;
  Range units;
  Real* db;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    // A vector of units through the whole batch: dZ is read once, in strides of a column, and the
    // sum stays in a register.
    const auto sum_units = [&](std::size_t first, auto count) FEEDFORWARD_INLINE_LAMBDA {
      const std::size_t u = units.begin + first;
      Vector<Real, bytes> sum{}, z;
      for (std::size_t i = 0; i < observations; ++i) {
        load(z, dZ + i * all_units + u, count);
        sum += z;
      }
      Real total[step];
      store(total, sum);
      for (std::size_t k = 0; k < count; ++k)
        db[u + k] = (keep == 0 ? 0 : keep * db[u + k]) + scale * total[k];
    };
    for_each_vector<step>(units.size(), sum_units);
  }
};

// db (units) = keep db + scale (sum of the columns of dZ (units, m)). With keep = 0 the old
// db is not read. Threads own units, as everywhere that parameters change.
template <class Real>
void add_bias_gradient(Backend& backend, Real scale, const arma::Mat<Real>& dZ, Real keep,
                       arma::Col<Real>& db) {
  const double work = static_cast<double>(dZ.n_elem);
  backend.divide_range(work, dZ.n_rows, per_line<Real>, [&](Range mine, std::size_t) {
    dispatch(backend.isa(),
             ColumnSumJob<Real>{scale, keep, dZ.memptr(), dZ.n_rows, dZ.n_cols, mine, db.memptr()});
  });
}

}  // namespace feedforward

#endif
