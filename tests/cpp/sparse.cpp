// Sparse products against the dense twins on the same numbers, also where many inputs or few occur.
#include "helpers.hpp"

using namespace tests;

// The largest error of the two sparse products against the dense twins.
template <class Real>
double error_of_products(Backend& backend, size_t units, size_t inputs, size_t m, int percent) {
  const RandomSparse<Real> A(inputs, m, percent, static_cast<unsigned>(units * 71 + inputs));
  Exact<Real> W(units, inputs), dZ(units, m), Z(units, m);
  randomize(W.mat, 1);
  randomize(dZ.mat, 2);
  arma::Col<Real> b = random_matrix<Real>(units, 1, 3);
  affine(backend, W.mat, b, A.batch(), Z.mat);
  double error = difference(Z.mat, plain_affine(W.mat, b, A.dense), inputs);
  for (Real keep : {Real(1), Real(0.5), Real(0)}) {
    Exact<Real> dW(units, inputs);
    randomize(dW.mat, 4);
    const arma::mat expected = plain_gradient(Real(-0.1), dZ.mat, A.dense, keep, dW.mat);
    if (keep == Real(0)) dW.mat.fill(std::numeric_limits<Real>::quiet_NaN());
    add_gradient(backend, Real(-0.1), dZ.mat, A.batch(), keep, dW.mat);
    error = std::max(error, difference(dW.mat, expected, m));
  }
  return error;
}

TEST_BOTH_TYPES(small_sparse_products,
                "sparse products agree with the dense twins, all small sizes", "[sparse][small]") {
  for (Isa isa : available()) {
    Backend backend(1, isa);
    double worst = 0;
    for (size_t units = 1; units <= 70; ++units)
      for (size_t inputs = 1; inputs <= 70; ++inputs) {
        const size_t m = 1 + (units * 7 + inputs) % 11;
        worst = std::max(worst, error_of_products<Real>(backend, units, inputs, m, 20));
      }
    INFO("isa " << static_cast<int>(isa));
    CHECK(worst < tolerance<Real>);
  }
}

TEST_BOTH_TYPES(large_sparse_products, "sparse products agree with the dense twins, large sizes",
                "[sparse]") {
  for (Isa isa : available()) {
    Backend backend(2, isa);
    INFO("isa " << static_cast<int>(isa));
    CHECK(error_of_products<Real>(backend, 129, 784, 128, 19) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 37, 300, 300, 30) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 201, 5000, 60, 5) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 300, 100, 1, 100) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 17, 100, 20, 0) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 17, 100, 0, 10) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 2, 70000, 12, 3) < tolerance<Real>);
  }
}

TEST_BOTH_TYPES(untouched_columns, "columns that do not occur are not touched", "[sparse]") {
  SparseRows<Real> rows;
  rows.inputs = 5;
  rows.start = {0, 2, 2};
  rows.index = {1, 3};
  rows.value = {1, 2};
  const std::vector<std::uint32_t> samples = {0, 1, 0};
  const SparseBatch<Real> A{&rows, samples.data(), samples.size()};
  arma::Mat<Real> dZ(3, 3), dW(3, 5);
  dZ.ones();
  dW.fill(std::numeric_limits<Real>::quiet_NaN());
  dW.col(1).zeros();
  dW.col(3).zeros();
  add_gradient(one_thread(), Real(1), dZ, A, Real(1), dW);
  CHECK((dW(0, 1) == 2 && dW(2, 3) == 4));
  CHECK((std::isnan(dW(0, 0)) && std::isnan(dW(1, 2)) && std::isnan(dW(2, 4))));
}

TEST_BOTH_TYPES(threaded_sparse_products, "sparse products do not depend on the number of threads",
                "[sparse][threads]") {
  for (Isa isa : available())
    for (size_t units : {5, 130, 300}) {
      const size_t inputs = 1001, m = 500;
      // Few non-zeros are sorted and multiplied in another way than many.
      const RandomSparse<Real> A(inputs, m, units == 5 ? 3 : 25, 7);
      const auto W = random_matrix<Real>(units, inputs, 1);
      const auto dZ = random_matrix<Real>(units, m, 2);
      const arma::Col<Real> b = random_matrix<Real>(units, 1, 3);
      arma::Mat<Real> Z, dW = W;
      Backend alone(1, isa);
      affine(alone, W, b, A.batch(), Z);
      add_gradient(alone, Real(0.3), dZ, A.batch(), Real(0.7), dW);
      for (size_t threads : {2, 3, 8}) {
        Backend team(threads, isa);
        arma::Mat<Real> other_Z, other_dW = W;
        affine(team, W, b, A.batch(), other_Z);
        add_gradient(team, Real(0.3), dZ, A.batch(), Real(0.7), other_dW);
        INFO("isa " << static_cast<int>(isa) << " threads " << threads << " units " << units);
        CHECK(identical(other_Z, Z));
        CHECK(identical(other_dW, dW));
      }
    }
}
