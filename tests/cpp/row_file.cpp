// Rows of files as a source.
#include "feedforward/row_file.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "feedforward/feedforward.hpp"
#include "helpers.hpp"

using namespace tests;

namespace {

// A file that is gone at the end of a test.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }

  std::string path = "row-file-test.bin";
};

// `before` bytes and then the values of columns (inputs, n) as numbers of type Value.
template <class Value>
std::string bytes_of(const arma::mat& columns, size_t before) {
  std::string bytes(before, '#');
  for (const double x : columns) {
    const Value value = static_cast<Value>(x);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

std::vector<std::uint32_t> first(size_t n) {
  std::vector<std::uint32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0u);
  return numbers;
}

template <class Real, class Value>
void check_rows(const arma::mat& X, size_t offset, const Standardization& by, size_t threads) {
  const TemporaryFile file(bytes_of<Value>(X, offset));
  Backend backend(threads, best_isa());
  const std::vector<Range> ranges = {{2000, 2003}, {5, 6}, {0, 1500}};
  FileRows<Real, Value> source({file.path, offset, X.n_rows}, ranges, by);
  REQUIRE(source.inputs() == X.n_rows);
  // From the last to the first.
  std::vector<std::uint32_t> order = first(1504);
  std::reverse(order.begin(), order.end());
  REQUIRE(source.arrange(backend, order));
  REQUIRE(source.size() == 1504);
  const std::uint32_t samples[] = {1500, 1503, 1501, 0, 1499};
  const size_t rows[] = {5, 2000, 2002, 1499, 0};
  Batch<Real> batch;
  source.gather(backend, samples, 5, batch);
  const arma::Mat<Real>& got = std::get<arma::Mat<Real>>(batch);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < X.n_rows; ++j) {
      const double x = static_cast<double>(static_cast<Value>(X(j, rows[i])));
      CHECK(got(j, i) == static_cast<Real>(by.none() ? x : by(x, j)));
    }
  }
}

}  // namespace

TEST_BOTH_TYPES(file_rows, "rows of files are read, scaled, from any offset", "[row_file]") {
  // More than one vector of each width, and a rest.
  const arma::mat X = 100 * arma::abs(random_matrix<double>(19, 2100, 3));
  Standardization scaled, shifted;
  for (size_t j = 0; j < X.n_rows; ++j) {
    scaled.factor.push_back(1 + 0.1 * static_cast<double>(j));
    shifted.center.push_back(static_cast<double>(j));
  }
  shifted.factor = scaled.factor;
  for (const Standardization& by : {Standardization(), scaled, shifted}) {
    for (const size_t offset : {size_t(0), size_t(4097)}) {
      check_rows<Real, double>(X, offset, by, 1);
      check_rows<Real, float>(X, offset, by, 2);
      check_rows<Real, unsigned char>(X, offset, by, 2);
    }
  }
}

TEST_CASE("files that are gone or too short are errors", "[row_file]") {
  const Standardization by;
  const auto read = [&](const std::string& path, Range range) {
    FileRows<double, double> source({path, 80, 2}, {range}, by);
    source.arrange(one_thread(), first(range.size()));
    return source.size();
  };
  CHECK_THROWS_AS(read("no such file", {0, 1}), FileError);
  const TemporaryFile file(bytes_of<double>(random_matrix<double>(2, 10, 3), 80));
  CHECK(read(file.path, {0, 10}) == 10);
  CHECK_THROWS_AS(read(file.path, {3, 11}), FileError);
}

TEST_CASE("numbers that are too large for single precision are errors", "[row_file]") {
  const Standardization by;
  arma::mat X(3, 4, arma::fill::ones);
  X(1, 2) = 1e39;
  const TemporaryFile file(bytes_of<double>(X, 0));
  FileRows<float, double> source({file.path, 0, 3}, {{0, 4}}, by);
  CHECK_THROWS_AS(source.arrange(one_thread(), first(4)), TooLarge);
}
