// What counts elements or bytes must hold more than 2^32 of them. The memory is asked for but
// hardly touched, so that it is not really taken. Where the system does not give 18 GB even so,
// `make core ONLY="~[sizes]"` leaves these tests out.

#include "feedforward/chunks.hpp"

#include <cstdlib>
#include <memory>

#include "networks.hpp"

using namespace tests;

namespace {

constexpr size_t beyond = size_t{1} << 32;

void no_memory() { FAIL("the system does not give so much memory: see the top of sizes.cpp"); }

// Zeros that take no memory until they are written. Empty where the system gives no such amount.
template <class T>
std::unique_ptr<T[], void (*)(void*)> lazy_zeros(size_t count) {
  return {static_cast<T*>(std::calloc(count, sizeof(T))), std::free};
}

// A table of more than 2^32 bytes, of which only the last rows are not 0.
struct LargeTable {
  static constexpr size_t n = 5000011, inputs = 1000, last = 150;
  std::unique_ptr<unsigned char[], void (*)(void*)> memory = lazy_zeros<unsigned char>(n * inputs);
  Table<unsigned char> table = {memory.get(), n, inputs, n, 255};
  std::vector<unsigned char> few = std::vector<unsigned char>(last * inputs);
  Table<unsigned char> end = {few.data(), last, inputs, last, 255};

  explicit LargeTable(unsigned modulus) {
    for (size_t j = 0; j < inputs && memory; ++j)
      for (size_t i = 0; i < last; ++i) {
        few[j * last + i] = static_cast<unsigned char>(i * 7 + j * 13);
        if ((i + j) % modulus != 0) few[j * last + i] = 0;
        memory[j * n + n - last + i] = few[j * last + i];
      }
  }
};

// The same few non-zeros in a matrix of many inputs, and in one that has no other inputs.
struct ManyInputs {
  static constexpr size_t inputs = 70000001, units = 64;
  std::vector<std::uint32_t> used = {0, 1, 33554431, 33554432, 67108864, 70000000};
  std::vector<std::uint32_t> samples = {2, 0, 1};
  SparseRows<float> many, few;

  ManyInputs() {
    many.inputs = inputs;
    few.inputs = used.size();
    many.start = few.start = {0};
    for (size_t i = 0; i < samples.size(); ++i) {
      for (size_t k = i % 2; k < used.size(); k += i + 1) {
        many.index.push_back(used[k]);
        few.index.push_back(static_cast<std::uint32_t>(k));
        few.value.push_back(static_cast<float>(k) / 4 - static_cast<float>(i));
      }
      many.start.push_back(many.index.size());
      few.start.push_back(few.index.size());
    }
    many.value = few.value;
  }

  SparseBatch<float> batch(const SparseRows<float>& rows) const {
    return {&rows, samples.data(), samples.size()};
  }
  arma::fmat columns(const arma::fmat& W) const {
    arma::fmat result(units, used.size());
    for (size_t k = 0; k < used.size(); ++k) result.col(k) = W.col(used[k]);
    return result;
  }
};

}  // namespace

TEST_CASE("shares of more than 2^32 cover everything once", "[sizes]") {
  for (size_t total : {beyond - 1, beyond, beyond + 1, 5 * beyond + 77, size_t{1} << 45})
    for (size_t parts : {1, 3, 256}) {
      size_t end = 0;
      bool even = true;
      for (size_t part = 0; part < parts; ++part) {
        const Range range = share_of(total, 64, part, parts);
        even = even && range.begin == end && range.end >= range.begin &&
               range.end - range.begin <= total / parts + 128;
        end = range.end;
      }
      CHECK(even);
      CHECK(end == total);
    }
}

TEST_CASE("the end of a table of more than 2^32 values is read as it is", "[sizes]") {
  for (unsigned modulus : {1, 5}) {
    const LargeTable large(modulus);
    if (!large.memory) return no_memory();
    CHECK(large.table.column(large.inputs - 1)[large.n - 1] == large.end.column(999)[149]);
    Backend backend;
    const Range rows = {large.n - large.last, large.n};
    const arma::mat expected = dense_columns<double>(backend, large.end);
    CHECK(identical(dense_columns<double>(backend, large.table.rows(rows)), expected));
    NonzeroBuffer<double, unsigned char> buffer{Scale<double, unsigned char>(255)};
    SparseRows<double> found;
    found.start = {0};
    for_each_scan(rows, [&](Range some) {
      CHECK(buffer.collect(backend.isa(), large.table.rows(some)));
      buffer.append_to(found);
    });
    CHECK(found.start.size() == large.last + 1);
    arma::mat columns(large.inputs, large.last, arma::fill::zeros);
    for (size_t i = 0; i < large.last; ++i)
      for (size_t k = found.start[i]; k < found.start[i + 1]; ++k)
        columns(found.index[k], i) = found.value[k];
    CHECK(identical(columns, expected));
  }
}

TEST_CASE("a batch is gathered from more than 2^32 bytes", "[sizes]") {
  constexpr size_t inputs = 1000, n = 5000011;
  arma::Mat<unsigned char> columns;
  try {
    columns.set_size(inputs, n);
  } catch (const std::exception&) {
    return no_memory();
  }
  const std::vector<std::uint32_t> samples = {n - 1, 4294968, 0};
  for (size_t i = 0; i < samples.size(); ++i)
    std::fill_n(columns.colptr(samples[i]), inputs, static_cast<unsigned char>(51 * (i + 1)));
  const Bytes<double> source(std::move(columns), 255);
  Batch<double> gathered;
  source.gather(one_thread(), samples.data(), samples.size(), gathered);
  const arma::mat& batch = std::get<arma::mat>(gathered);
  CHECK((batch(0, 0) == 0.2 && batch(999, 0) == 0.2 && batch(999, 1) == 0.4));
  CHECK((batch(0, 2) == 0.6 && batch(999, 2) == 0.6));
}

TEST_CASE("products with more than 2^32 weights", "[sizes]") {
  const ManyInputs x;
  const auto memory = lazy_zeros<float>(x.inputs * x.units);
  if (!memory) return no_memory();
  static_assert(ManyInputs::inputs * ManyInputs::units > beyond, "that is what this is about");
  arma::fmat W(memory.get(), x.units, x.inputs, false, true);
  for (std::uint32_t j : x.used) W.col(j) = random_matrix<float>(x.units, 1, j);
  const arma::fvec b(x.units, arma::fill::ones);
  const arma::fmat dZ = random_matrix<float>(x.units, x.samples.size(), 5);
  for (Isa isa : available()) {
    Backend backend(2, isa);
    arma::fmat few = x.columns(W), Z, expected;
    affine(backend, W, b, x.batch(x.many), Z);
    affine(backend, few, b, x.batch(x.few), expected);
    CHECK(difference(Z, arma::conv_to<arma::mat>::from(expected), 6) < 1e-6);
    add_gradient(backend, 0.5f, dZ, x.batch(x.many), 1.0f, W);
    add_gradient(backend, 0.5f, dZ, x.batch(x.few), 1.0f, few);
    CHECK(difference(x.columns(W), arma::conv_to<arma::mat>::from(few), 6) < 1e-6);
  }
}

TEST_CASE("a network counts more than 2^32 parameters", "[sizes]") {
  const Architecture architecture = {{70000001, 64, 3}, {"relu"}, "cross_entropy"};
  const NetworkView<double> network(architecture, std::vector<const double*>(4, nullptr));
  CHECK(network.parameter_count() == size_t{70000002} * 64 + 65 * 3);
  const Sparse<double> X{SparseRows<double>{70000001, {0}, {}, {}}};
  const ClassTargets<double> Y({}, 3, {});
  CHECK(Objective<double>(one_thread(), network, X, Y).slice_size() == 32);
}
