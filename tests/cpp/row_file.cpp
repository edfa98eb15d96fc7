// Rows of files that are read by all threads.
#include "feedforward/row_file.hpp"

#include <cstdio>
#include <fstream>

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

template <class Real, class Value>
void check_rows(const arma::mat& X, size_t offset, const Standardization& by, size_t threads) {
  const TemporaryFile file(bytes_of<Value>(X, offset));
  Backend backend(threads, best_isa());
  const std::vector<Range> ranges = {{2000, 2003}, {5, 6}, {0, 1500}};
  const Dense<Real> source =
      read_row_file<Real, Value>(backend, {file.path, offset, X.n_rows}, ranges, by);
  REQUIRE(source.size() == 1504);
  REQUIRE(source.inputs() == X.n_rows);
  const std::uint32_t samples[] = {3, 0, 2, 1503, 4};
  const size_t rows[] = {5, 2000, 2002, 1499, 0};
  Batch<Real> batch;
  source.gather(samples, 5, batch);
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
  Backend backend;
  const auto read = [&](const std::string& path, std::vector<Range> ranges) {
    return read_row_file<double, double>(backend, {path, 80, 2}, ranges, by).size();
  };
  CHECK_THROWS_AS(read("no such file", {{0, 1}}), FileError);
  const TemporaryFile file(bytes_of<double>(random_matrix<double>(2, 10, 3), 80));
  CHECK(read(file.path, {{0, 10}}) == 10);
  CHECK_THROWS_AS(read(file.path, {{3, 11}}), FileError);
}

TEST_CASE("numbers that are too large for single precision are errors", "[row_file]") {
  const Standardization by;
  Backend backend;
  arma::mat X(3, 4, arma::fill::ones);
  X(1, 2) = 1e39;
  const TemporaryFile file(bytes_of<double>(X, 0));
  CHECK_THROWS_AS((read_row_file<float, double>(backend, {file.path, 0, 3}, {{0, 4}}, by)),
                  TooLarge);
}
