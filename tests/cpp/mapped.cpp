// Rows of files that are mapped into memory.
#include "feedforward/mapped.hpp"

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

  std::string path = "mapped-test.bin";
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
void check_rows(const arma::mat& X, size_t offset, const Standardization& by) {
  const TemporaryFile file(bytes_of<Value>(X, offset));
  const MappedRows<Real, Value> mapped({file.path, offset, X.n_rows}, {{2000, 2003}, {5, 7}}, by);
  REQUIRE(mapped.size() == 5);
  REQUIRE(mapped.inputs() == X.n_rows);
  const std::uint32_t samples[] = {4, 0, 2, 3};
  const size_t rows[] = {6, 2000, 2002, 5};
  Batch<Real> batch;
  mapped.gather(samples, 4, batch);
  const arma::Mat<Real>& got = std::get<arma::Mat<Real>>(batch);
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < X.n_rows; ++j) {
      const double x = static_cast<double>(static_cast<Value>(X(j, rows[i])));
      CHECK(got(j, i) == static_cast<Real>(by.none() ? x : by(x, j)));
    }
  }
}

}  // namespace

TEST_BOTH_TYPES(mapped_rows, "rows of files are gathered, scaled, from any offset", "[mapped]") {
  arma::mat X = 100 * arma::abs(random_matrix<double>(7, 2100, 3));
  Standardization scaled, shifted;
  for (size_t j = 0; j < 7; ++j) {
    scaled.factor.push_back(1 + 0.1 * static_cast<double>(j));
    shifted.center.push_back(static_cast<double>(j));
  }
  shifted.factor = scaled.factor;
  for (const Standardization& by : {Standardization(), scaled, shifted}) {
    for (const size_t offset : {size_t(0), size_t(128), size_t(4097)}) {
      check_rows<Real, double>(X, offset, by);
      check_rows<Real, float>(X, offset, by);
      check_rows<Real, unsigned char>(X, offset, by);
    }
  }
}

TEST_CASE("files that are gone or too short cannot be mapped", "[mapped]") {
  const Standardization by;
  CHECK_THROWS_AS((MappedRows<double, double>({"no such file", 0, 2}, {{0, 1}}, by)), FileError);
  const TemporaryFile file(bytes_of<double>(random_matrix<double>(2, 10, 3), 80));
  CHECK((MappedRows<double, double>({file.path, 80, 2}, {{0, 10}}, by).size()) == 10);
  CHECK_THROWS_AS((MappedRows<double, double>({file.path, 80, 2}, {{3, 11}}, by)), FileError);
}
