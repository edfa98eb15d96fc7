// exp(), softmax and what else happens to each element, against the standard library: accuracy, odd
// arguments (NaN, infinities), and the same bits for any number of threads.
#include "helpers.hpp"

using namespace tests;

// The distance of x from the exact value, in units of the last place of the exact value.
template <class Real>
double ulps(Real x, long double exact) {
  const Real rounded = static_cast<Real>(exact);
  const long double ulp = std::nextafter(rounded, std::numeric_limits<Real>::infinity()) - rounded;
  return static_cast<double>(std::abs(static_cast<long double>(x) - exact) / ulp);
}

TEST_BOTH_TYPES(exp_accuracy, "exp is within 1 or 2 units of the last place", "[exp]") {
  const double low = sizeof(Real) == 8 ? -708.39 : -87.33;
  const double high = sizeof(Real) == 8 ? 709.78 : 88.72;
  const size_t n = 200003;
  std::vector<Real> x(2 * n);
  for (size_t i = 0; i < n; ++i) {
    x[i] = static_cast<Real>(low + (high - low) * static_cast<double>(i) / (n - 1));
    x[n + i] = static_cast<Real>(-2 + 4 * static_cast<double>(i) / (n - 1));
  }
  for (Isa isa : available()) {
    std::vector<Real> y = x;
    Backend backend(1, isa);
    map(backend, work_of_exp, Exponential(), y.size(), y.data());
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, ulps(y[i], std::exp(static_cast<long double>(x[i]))));
    INFO("isa " << static_cast<int>(isa) << ", " << worst << " ulp");
    CHECK(worst < 1.5);
  }
}

TEST_BOTH_TYPES(exp_extremes, "exp is right for extreme arguments", "[exp]") {
  const Real infinity = std::numeric_limits<Real>::infinity();
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Real most = std::numeric_limits<Real>::max();
  for (Isa isa : available())
    for (size_t repeat : {1, 40}) {  // in the rest of a vector, and in whole ones
      std::vector<Real> x;
      for (size_t i = 0; i < repeat; ++i)
        x.insert(x.end(), {infinity, -infinity, nan, 1e4, -1e4, most, -most, 0, -0.0});
      Backend backend(1, isa);
      map(backend, work_of_exp, Exponential(), x.size(), x.data());
      bool right = true;
      for (size_t i = 0; i < x.size(); i += 9)
        right = right && x[i] == infinity && x[i + 1] == 0 && std::isnan(x[i + 2]) &&
                x[i + 3] == infinity && x[i + 4] == 0 && x[i + 5] == infinity && x[i + 6] == 0 &&
                x[i + 7] == 1 && x[i + 8] == 1;
      CHECK(right);
    }
}

TEST_BOTH_TYPES(sigmoid_accuracy, "sigmoid agrees with its twin and is stable", "[sigmoid]") {
  for (Isa isa : available()) {
    Backend backend(1, isa);
    for (size_t n = 1; n < 70; ++n) {
      Exact<Real> Z(n, 1);
      randomize(Z.mat, static_cast<unsigned>(n));
      Z.mat *= 30;
      const arma::mat expected = 1 / (1 + arma::exp(-arma::conv_to<arma::mat>::from(Z.mat)));
      sigmoid(backend, Z.mat);
      CHECK(arma::max(arma::vectorise(arma::abs(Z.mat / expected - 1))) < tolerance<Real>);
    }
    const Real infinity = std::numeric_limits<Real>::infinity();
    arma::Mat<Real> Z = {infinity, -infinity, 1e4, -1e4, 0, std::numeric_limits<Real>::quiet_NaN()};
    sigmoid(backend, Z);
    CHECK((Z[0] == 1 && Z[1] == 0 && Z[2] == 1 && Z[3] == 0 && Z[4] == Real(0.5)));
    CHECK(std::isnan(Z[5]));
  }
}

TEST_BOTH_TYPES(softmax_accuracy, "softmax agrees with its twin and is stable", "[softmax]") {
  for (Isa isa : available()) {
    Backend backend(1, isa);
    for (size_t units = 1; units < 70; ++units) {
      Exact<Real> Z(units, 3);
      randomize(Z.mat, static_cast<unsigned>(units));
      Z.mat *= 9;
      Z.mat.col(1) += 1e4;
      Z.mat.col(2) -= 1e4;
      arma::mat expected = arma::conv_to<arma::mat>::from(Z.mat);
      expected.each_col([](arma::vec& z) {
        z = arma::exp(z - z.max());
        z /= arma::accu(z);
      });
      softmax(backend, Z.mat);
      CHECK(arma::max(arma::vectorise(arma::abs(Z.mat / expected - 1))) < tolerance<Real>);
    }
    const Real infinity = std::numeric_limits<Real>::infinity();
    arma::Mat<Real> Z(3, 2, arma::fill::zeros);
    Z(0, 0) = -infinity;
    Z(0, 1) = std::numeric_limits<Real>::quiet_NaN();
    softmax(backend, Z);
    CHECK((Z(0, 0) == 0 && Z(1, 0) == Real(0.5)));
    CHECK((std::isnan(Z(0, 1)) && std::isnan(Z(2, 1))));
  }
}

TEST_BOTH_TYPES(threaded_activations, "activations do not depend on the number of threads",
                "[threads]") {
  const auto Z = random_matrix<Real>(301, 401, 1);
  for (Isa isa : available()) {
    Backend alone(1, isa);
    arma::Mat<Real> S = Z, P = Z;
    sigmoid(alone, S);
    softmax(alone, P);
    for (size_t threads : {2, 3, 8}) {
      Backend team(threads, isa);
      arma::Mat<Real> other_S = Z, other_P = Z;
      sigmoid(team, other_S);
      softmax(team, other_P);
      CHECK(identical(other_S, S));
      CHECK(identical(other_P, P));
    }
  }
}
