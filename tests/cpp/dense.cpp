// Dense products against plain loops: every kernel, shape and orientation that product.hpp can
// choose, with every instruction set and one or two threads.
#include "helpers.hpp"

using namespace tests;

template <class Real>
struct DenseCase {
  Exact<Real> W, A, dZ, b, Z, dA;

  DenseCase(size_t units, size_t inputs, size_t m)
      : W(units, inputs), A(inputs, m), dZ(units, m), b(units, 1), Z(units, m), dA(inputs, m) {
    randomize(W.mat, 1);
    randomize(A.mat, 2);
    randomize(dZ.mat, 3);
    randomize(b.mat, 4);
  }

  arma::Col<Real> bias() { return arma::Col<Real>(b.mat.memptr(), b.mat.n_rows, false, true); }
};

// The largest error of the three products, for one size.
template <class Real>
double error_of_products(Backend& backend, size_t units, size_t inputs, size_t m) {
  DenseCase<Real> c(units, inputs, m);
  const arma::Col<Real> bias = c.bias();
  affine(backend, c.W.mat, bias, c.A.mat, c.Z.mat);
  double error = difference(c.Z.mat, plain_affine(c.W.mat, bias, c.A.mat), inputs);
  backpropagate(backend, c.W.mat, c.dZ.mat, c.dA.mat);
  error = std::max(error, difference(c.dA.mat, plain_backpropagate(c.W.mat, c.dZ.mat), units));
  for (Real keep : {Real(1), Real(0.5), Real(0)}) {
    Exact<Real> dW(units, inputs);
    randomize(dW.mat, 5);
    const arma::mat expected = plain_gradient(Real(-0.1), c.dZ.mat, c.A.mat, keep, dW.mat);
    if (keep == Real(0)) dW.mat.fill(std::numeric_limits<Real>::quiet_NaN());
    add_gradient(backend, Real(-0.1), c.dZ.mat, c.A.mat, keep, dW.mat);
    error = std::max(error, difference(dW.mat, expected, m));
  }
  return error;
}

TEST_BOTH_TYPES(small_dense_products, "dense products agree with their twins, all small sizes",
                "[dense][small]") {
  for (Isa isa : available()) {
    Backend backend(1, isa);
    double worst = 0;
    for (size_t units = 1; units <= 70; ++units)
      for (size_t inputs = 1; inputs <= 70; ++inputs) {
        const size_t m = 1 + (units * 7 + inputs) % 19;
        worst = std::max(worst, error_of_products<Real>(backend, units, inputs, m));
      }
    INFO("isa " << static_cast<int>(isa));
    CHECK(worst < tolerance<Real>);
  }
}

TEST_BOTH_TYPES(large_dense_products, "dense products agree with their twins, large sizes",
                "[dense]") {
  for (Isa isa : available()) {
    Backend backend(2, isa);
    INFO("isa " << static_cast<int>(isa));
    // Larger than one block in depth, in rows, in columns; powers of two; one or no observation.
    CHECK(error_of_products<Real>(backend, 131, 787, 129) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 515, 300, 35) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 33, 517, 523) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 256, 512, 64) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 1, 2000, 300) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 1000, 300, 1) < tolerance<Real>);
    CHECK(error_of_products<Real>(backend, 10, 20, 0) < tolerance<Real>);
  }
}

TEST_BOTH_TYPES(no_inputs, "without inputs, Z is the bias", "[dense]") {
  Backend backend;
  const arma::Mat<Real> W(9, 0), A(0, 3);
  arma::Col<Real> b(9);
  b.fill(2);
  arma::Mat<Real> Z;
  affine(backend, W, b, A, Z);
  CHECK(difference(Z, arma::mat(9, 3, arma::fill::ones) * 2, 1) == 0);
}

TEST_BOTH_TYPES(threaded_dense_products, "dense products do not depend on the number of threads",
                "[dense][threads]") {
  struct Size {
    size_t units, inputs, m;
  };
  for (Isa isa : available())
    for (Size s : {Size{130, 301, 40}, Size{5, 3001, 50}, Size{128, 784, 128}, Size{1, 5000, 99},
                   Size{700, 700, 2}, Size{3, 700, 300}}) {
      DenseCase<Real> c(s.units, s.inputs, s.m);
      const arma::Col<Real> bias = c.bias();
      Backend alone(1, isa);
      arma::Mat<Real> Z, dA, dW = random_matrix<Real>(s.units, s.inputs, 6);
      const arma::Mat<Real> before = dW;
      affine(alone, c.W.mat, bias, c.A.mat, Z);
      backpropagate(alone, c.W.mat, c.dZ.mat, dA);
      add_gradient(alone, Real(0.3), c.dZ.mat, c.A.mat, Real(0.7), dW);
      for (size_t threads : {2, 3, 8}) {
        Backend team(threads, isa);
        arma::Mat<Real> W = before;
        affine(team, c.W.mat, bias, c.A.mat, c.Z.mat);
        backpropagate(team, c.W.mat, c.dZ.mat, c.dA.mat);
        add_gradient(team, Real(0.3), c.dZ.mat, c.A.mat, Real(0.7), W);
        INFO("isa " << static_cast<int>(isa) << " threads " << threads << " units " << s.units);
        CHECK(identical(c.Z.mat, Z));
        CHECK(identical(c.dA.mat, dA));
        CHECK(identical(W, dW));
      }
    }
}
