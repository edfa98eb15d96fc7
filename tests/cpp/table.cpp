// How R's matrices are read: dense, of bytes, of integers and sparse ones must give the same
// source, and values that are not finite must be found wherever they are.
#include "helpers.hpp"

#include "feedforward/chunks.hpp"

using namespace tests;

namespace {

// Rows first .. first + n of a matrix of random values in memory of exactly its size, some
// of them 0 or -0.
template <class Value>
struct RandomTable {
  size_t rows;
  std::unique_ptr<Value[]> memory;
  Table<Value> table;

  RandomTable(size_t n, size_t inputs, int percent, size_t first = 0, size_t below = 0)
      : rows(first + n + below), memory(new Value[rows * inputs + 1]) {
    std::mt19937 bits(static_cast<unsigned>(n * 71 + inputs));
    Value* values = memory.get() + 1;
    for (size_t k = 0; k < rows * inputs; ++k) {
      const bool zero = static_cast<int>(bits() % 100) >= percent;
      values[k] = zero ? Value(bits() % 2 ? -0.0 : 0.0) : Value(bits() % 255 + 1);
    }
    const double divisor = sizeof(Value) == 1 ? 255 : 1;
    table = {values + first, n, inputs, rows, divisor};
  }
};

// The same table, with its columns named one by one.
template <class Value>
Table<Value> by_columns(const Table<Value>& table) {
  std::vector<const Value*> columns;
  for (size_t j = 0; j < table.inputs; ++j) columns.push_back(table.column(j));
  Table<Value> same = table_of_columns(columns, table.n);
  same.divisor = table.divisor;
  return same;
}

// Observations (inputs, n), one value after the other.
template <class Real, class Value>
arma::Mat<Real> plain_columns(const Table<Value>& table) {
  arma::Mat<Real> columns(table.inputs, table.n);
  for (size_t i = 0; i < table.n; ++i)
    for (size_t j = 0; j < table.inputs; ++j)
      columns(j, i) = static_cast<Real>(static_cast<double>(table.column(j)[i]) / table.divisor);
  return columns;
}

// What a batch means; -1 everywhere if it keeps a zero or its indices do not rise.
template <class Real>
arma::Mat<Real> meaning(const SparseBatch<Real>& batch) {
  const SparseRows<Real>& rows = *batch.rows;
  arma::Mat<Real> columns(rows.inputs, batch.size, arma::fill::zeros);
  bool sound = rows.index.size() == rows.start.back() && rows.value.size() == rows.start.back();
  for (size_t i = 0; i < batch.size; ++i) {
    const size_t start = rows.start[batch.samples[i]], end = rows.start[batch.samples[i] + 1];
    for (size_t k = start; k < end; ++k) {
      sound &= rows.value[k] != 0 && (k == start || rows.index[k - 1] < rows.index[k]);
      columns(rows.index[k], i) = rows.value[k];
    }
  }
  if (!sound) columns.fill(-1);
  return columns;
}

template <class Real>
arma::Mat<Real> meaning(const arma::Mat<Real>& batch) {
  return batch;
}

template <class Real>
arma::Mat<Real> meaning(const Batch<Real>& batch) {
  return std::visit([](const auto& values) { return meaning(values); }, batch);
}

template <class Real, class Value>
arma::Mat<Real> prepared(Backend& backend, const Table<Value>& table) {
  const auto source = make_source<Real>(backend, table, {});
  std::vector<std::uint32_t> samples(source->size());
  std::iota(samples.begin(), samples.end(), 0u);
  Batch<Real> batch;
  source->gather(backend, samples.data(), samples.size(), batch);
  return meaning(batch);
}

template <class Real, class Value>
arma::Mat<Real> read_in_chunks(Backend& backend, const Table<Value>& table) {
  arma::Mat<Real> columns(table.inputs, table.n);
  for_each_chunk(
      backend, *make_reader<Real>(table), [] { return false; },
      [&](Backend&, size_t, size_t first, const Batch<Real>& batch) {
        const arma::Mat<Real> part = meaning(batch);
        std::copy(part.begin(), part.end(), columns.colptr(first));
      });
  return columns;
}

// -0 is read as -0 where all values are, and as 0 where only non-zeros are.
template <class Real>
bool same(const arma::Mat<Real>& X, const arma::Mat<Real>& Y) {
  return X.n_rows == Y.n_rows && X.n_cols == Y.n_cols && std::equal(X.begin(), X.end(), Y.begin());
}

template <class Real, class Value>
bool reads(Backend& backend, const Table<Value>& table) {
  const arma::Mat<Real> expected = plain_columns<Real>(table);
  return same(dense_columns<Real>(backend, table), expected) &&
         same(prepared<Real>(backend, table), expected) &&
         same(read_in_chunks<Real>(backend, table), expected);
}

template <class Real, class Value>
bool reads_all_shapes(Backend& backend, const std::vector<size_t>& sizes) {
  bool right = true;
  for (size_t n : sizes)
    for (size_t inputs : sizes)
      for (int percent : {0, 15, 90}) {
        const RandomTable<Value> whole(n, inputs, percent), part(n, inputs, percent, 3, 2);
        right = right && reads<Real>(backend, whole.table) && reads<Real>(backend, part.table) &&
                reads<Real>(backend, by_columns(part.table));
      }
  return right;
}

template <class Real, class Value>
bool refuses(Backend& backend, const Table<Value>& table) {
  int refused = 0;
  try {
    prepared<Real>(backend, table);
  } catch (const NotFinite&) {
    ++refused;
  }
  try {
    read_in_chunks<Real>(backend, table);
  } catch (const NotFinite&) {
    ++refused;
  }
  return refused == 2;
}

// A value anywhere in the table is refused, and none beside it.
template <class Real, class Value>
void check_refusal(Backend& backend, size_t n, size_t inputs, int percent, Value bad) {
  RandomTable<Value> random(n, inputs, percent, 2, 3);
  bool right = true;
  for (size_t k = 0; k < random.rows * inputs; ++k) {
    const size_t i = k % random.rows;
    Value& value = random.memory[k + 1];
    const Value good = value;
    value = bad;
    const bool inside = i >= 2 && i < 2 + n;
    right = right && refuses<Real>(backend, random.table) == inside;
    value = good;
  }
  CHECK(right);
}

}  // namespace

TEST_BOTH_TYPES(small_tables, "tables are read as they are, small sizes", "[table][small]") {
  const std::vector<size_t> sizes = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 70};
  for (Isa isa : available()) {
    Backend backend(1, isa);
    INFO("isa " << static_cast<int>(isa));
    CHECK((reads_all_shapes<Real, double>(backend, sizes)));
    CHECK((reads_all_shapes<Real, int>(backend, sizes)));
    CHECK((reads_all_shapes<Real, unsigned char>(backend, sizes)));
  }
}

TEST_BOTH_TYPES(large_tables, "tables are read as they are on any number of threads",
                "[table][threads]") {
  const std::vector<size_t> sizes = {127, 128, 129, 701};
  for (Isa isa : available())
    for (size_t threads : {1, 2, 5}) {
      Backend backend(threads, isa);
      INFO("isa " << static_cast<int>(isa) << " threads " << threads);
      CHECK((reads_all_shapes<Real, double>(backend, sizes)));
      CHECK((reads_all_shapes<Real, int>(backend, sizes)));
      CHECK((reads_all_shapes<Real, unsigned char>(backend, sizes)));
    }
}

TEST_BOTH_TYPES(refused_tables, "a value that is not finite is found wherever it is", "[table]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (Isa isa : available())
    for (int percent : {10, 100}) {
      Backend backend(1, isa);
      INFO("isa " << static_cast<int>(isa) << " percent " << percent);
      for (size_t n : {1, 5, 19, 140}) {
        check_refusal<Real, double>(backend, n, 11, percent, infinity);
        check_refusal<Real, double>(backend, n, 8, percent, -infinity);
        check_refusal<Real, double>(backend, n, 3, percent, std::nan(""));
        check_refusal<Real, int>(backend, n, 11, percent, std::numeric_limits<int>::min());
      }
    }
}

TEST_BOTH_TYPES(refused_by_threads, "a refusal ends the work of all threads", "[table][threads]") {
  RandomTable<double> random(3000, 50, 20);
  Backend backend(4);
  for (size_t row : {0, 130, 1500, 2999}) {
    double& value = random.memory[1 + row + 7 * random.rows];
    const double good = value;
    value = std::nan("");
    CHECK(refuses<Real>(backend, random.table));
    value = good;
  }
  CHECK(reads<Real>(backend, random.table));
}

TEST_BOTH_TYPES(surprising_tables, "rows that the sample does not show are read all the same",
                "[table]") {
  const size_t n = 5000, inputs = 30;
  std::vector<double> values(n * inputs, 0.0);
  for (size_t j = 0; j < inputs; ++j)
    for (size_t i = 100; i < 700; ++i) values[j * n + i] = static_cast<double>(i + j);
  CHECK(reads<Real>(two_threads(), Table<double>{values.data(), n, inputs, n, 1}));
}

TEST_CASE("bytes are divided as doubles are", "[table]") {
  std::vector<unsigned char> bytes(256);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  const arma::mat columns =
      dense_columns<double>(one_thread(), Table<unsigned char>{bytes.data(), 256, 1, 256, 255});
  bool right = true;
  for (size_t byte = 0; byte < 256; ++byte) right = right && columns[byte] == byte / 255.0;
  CHECK(right);
}

TEST_BOTH_TYPES(views, "observations side by side are not copied, and never written to",
                "[table]") {
  const arma::Mat<Real> columns = random_matrix<Real>(200, 40, 5);
  const Dense<Real> source(columns);
  Batch<Real> batch;
  const auto gathered = [&](const std::vector<std::uint32_t>& samples) -> const arma::Mat<Real>& {
    source.gather(two_threads(), samples.data(), samples.size(), batch);
    return std::get<arma::Mat<Real>>(batch);
  };
  const Real* at = gathered({5, 6, 7}).memptr();
  CHECK(identical(gathered({5, 6, 7}), arma::Mat<Real>(columns.cols(5, 7))));
  CHECK(gathered({6, 7}).memptr() == at + 200);
  // The next batch has memory of its own, whatever its size.
  for (const std::vector<std::uint32_t>& samples :
       {std::vector<std::uint32_t>{9, 3}, std::vector<std::uint32_t>{1, 0, 30}}) {
    gathered({5, 6});
    const arma::uvec rows = arma::conv_to<arma::uvec>::from(samples);
    CHECK(identical(gathered(samples), arma::Mat<Real>(columns.cols(rows))));
    CHECK(identical(gathered({5, 6, 7}), arma::Mat<Real>(columns.cols(5, 7))));
  }
}
