// Tables of columns: encodings, factors as codes, and networks that learn from them side by side.
#include "feedforward/feedforward.hpp"

#include "helpers.hpp"
#include "networks.hpp"

using namespace tests;

namespace {

// Two columns of numbers around a factor, n observations.
struct MixedData {
  std::vector<double> a, b;
  std::vector<int> codes;
  size_t levels;

  MixedData(size_t n, size_t levels) : levels(levels) {
    std::mt19937 bits(7);
    for (size_t i = 0; i < n; ++i) {
      a.push_back(static_cast<double>(bits() % 1000) / 100 - 5);
      b.push_back(static_cast<double>(bits() % 10));
      codes.push_back(static_cast<int>(bits() % levels) + 1);
    }
  }

  ColumnTable table(ColumnEncoding of_a = {}, ColumnEncoding of_b = {}) const {
    ColumnEncoding factor;
    factor.levels = levels;
    auto encoding = std::make_shared<Encoding>();
    encoding->columns = {of_a, factor, of_b};
    Column first, second, third;
    first.numbers = a.data();
    second.whole = codes.data();
    third.numbers = b.data();
    return {{first, second, third}, encoding, a.size(), encoding->inputs()};
  }

  // The same observations as a dense matrix (inputs, n).
  template <class Real>
  arma::Mat<Real> dense() const {
    arma::Mat<Real> X(levels + 2, a.size(), arma::fill::zeros);
    for (size_t i = 0; i < a.size(); ++i) {
      X(0, i) = static_cast<Real>(a[i]);
      X(codes[i], i) = 1;
      X(levels + 1, i) = static_cast<Real>(b[i]);
    }
    return X;
  }
};

std::vector<std::uint32_t> all(size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

// A batch as a dense matrix.
template <class Real>
arma::Mat<Real> meaning(const Batch<Real>& batch, size_t inputs) {
  if (const auto* dense = std::get_if<arma::Mat<Real>>(&batch)) return *dense;
  const auto& sparse = std::get<SparseBatch<Real>>(batch);
  arma::Mat<Real> X(inputs, sparse.size, arma::fill::zeros);
  for (size_t i = 0; i < sparse.size; ++i) {
    const size_t row = sparse.samples[i];
    for (size_t k = sparse.rows->start[row]; k < sparse.rows->start[row + 1]; ++k) {
      X(sparse.rows->index[k], i) = sparse.rows->value[k];
    }
  }
  return X;
}

std::vector<double> encoded(const ColumnEncoding& encoding, double x) {
  std::vector<double> values(encoding.inputs(), -99);
  encode_number<double>(encoding, x, [&](size_t k, double value) { values.at(k) = value; });
  return values;
}

}  // namespace

TEST_CASE("a number is scaled, clipped and spread over intervals", "[columns]") {
  ColumnEncoding plain;
  plain.center = 2;
  plain.factor = 0.5;
  CHECK((encoded(plain, 5) == std::vector<double>{1.5}));

  ColumnEncoding clipped = plain;
  clipped.clips = true;
  // z / sqrt(1 + (z / 3)^2) is 3 / sqrt(2) at z = 3, and below 3 however large z is.
  CHECK(encoded(clipped, 8)[0] == Approx(3 / std::sqrt(2.0)));
  CHECK(encoded(clipped, 1e300)[0] == 3);
  CHECK(encoded(clipped, -1e300)[0] == -3);

  ColumnEncoding piecewise;
  piecewise.knots = {0, 1, 3};
  CHECK((encoded(piecewise, -1) == std::vector<double>{-1, 0, 0}));
  CHECK((encoded(piecewise, 2) == std::vector<double>{2, 1, 0.5}));
  CHECK((encoded(piecewise, 9) == std::vector<double>{9, 1, 1}));
}

TEST_CASE("a missing number is the center, with an indicator", "[columns]") {
  ColumnEncoding encoding;
  encoding.center = 2;
  encoding.knots = {0, 4};
  encoding.indicates_missing = true;
  CHECK((encoded(encoding, std::nan("")) == std::vector<double>{0, 0.5, 1}));
  CHECK((encoded(encoding, 3) == std::vector<double>{1, 0.75, 0}));
}

TEST_BOTH_TYPES(batches_are_the_dense_matrix, "batches of columns are the dense matrix",
                "[columns]") {
  // Few levels give dense batches, many give sparse ones.
  for (size_t levels : {2, 40}) {
    const MixedData data(300, levels);
    for (Backend* backend : {&one_thread(), &two_threads()}) {
      const auto source = make_source<Real>(*backend, data.table(), {});
      Batch<Real> batch;
      const auto rows = all(300);
      source->gather(*backend, rows.data(), rows.size(), batch);
      CHECK(std::holds_alternative<SparseBatch<Real>>(batch) == (levels == 40));
      CHECK(identical(meaning(batch, levels + 2), data.dense<Real>()));
      // A smaller batch uses the memory of the larger one again.
      const std::vector<std::uint32_t> some = {7, 3};
      source->gather(*backend, some.data(), some.size(), batch);
      CHECK(identical(meaning(batch, levels + 2),
                      arma::Mat<Real>(data.dense<Real>().cols(arma::uvec{7, 3}))));
    }
  }
}

TEST_CASE("prediction reads the same inputs as training", "[columns]") {
  ColumnEncoding encoding;
  encoding.center = 1;
  encoding.factor = 0.3;
  encoding.clips = true;
  encoding.knots = {-3, 0, 2, 4};
  const MixedData data(300, 30);
  const ColumnTable table = data.table(encoding);
  const auto source = make_source<double>(one_thread(), table, {});
  const auto reader = make_reader<double>(table);
  Batch<double> batch;
  const auto rows = all(300);
  source->gather(one_thread(), rows.data(), rows.size(), batch);
  const arma::mat expected = meaning(batch, table.inputs);
  const arma::mat read = meaning(reader->read(one_thread(), {100, 200}), table.inputs);
  CHECK(identical(read, arma::mat(expected.cols(100, 199))));
}

TEST_CASE("scaling given by input leaves levels alone", "[columns]") {
  const MixedData data(50, 2);
  Standardization by;
  by.center = {1, 9, 9, 2};
  by.factor = {2, 9, 9, 4};
  const auto source = make_source<double>(one_thread(), data.table(), by);
  Batch<double> batch;
  const auto rows = all(50);
  source->gather(one_thread(), rows.data(), rows.size(), batch);
  arma::mat expected = data.dense<double>();
  expected.row(0) = (expected.row(0) - 1) * 2;
  expected.row(3) = (expected.row(3) - 2) * 4;
  CHECK(identical(meaning(batch, 4), expected));
}

TEST_CASE("a new level is zeros, and other codes are refused", "[columns]") {
  MixedData data(5, 3);
  data.codes[2] = 0;
  Batch<double> batch;
  const auto source = make_source<double>(one_thread(), data.table(), {});
  const std::uint32_t row = 2;
  source->gather(one_thread(), &row, 1, batch);
  CHECK(arma::accu(meaning(batch, 5).rows(1, 3)) == 0);

  data.codes[2] = 4;
  CHECK_THROWS_AS(make_source<double>(one_thread(), data.table(), {}), std::invalid_argument);
  data.codes[2] = std::numeric_limits<int>::min();
  CHECK_THROWS_AS(make_source<double>(one_thread(), data.table(), {}), NotFinite);
  data.codes[2] = 1;
  data.b[4] = std::nan("");
  CHECK_THROWS_AS(make_source<double>(one_thread(), data.table(), {}), NotFinite);
  data.b[4] = 1e300;
  CHECK_THROWS_AS(make_source<float>(one_thread(), data.table(), {}), TooLarge);
}

TEST_CASE("moments of columns are those of numbers; levels keep their scale", "[columns]") {
  const MixedData data(200, 3);
  const std::vector<double> weights(200, 1);
  const Moments moments = column_moments(data.table(), weights);
  const arma::vec a(data.a);
  CHECK(moments.mean.size() == 5);
  CHECK(moments.mean[0] == Approx(arma::mean(a)));
  CHECK(moments.sd[0] == Approx(arma::stddev(a, 1)));
  CHECK(moments.mean[2] == 0);
  CHECK(moments.sd[2] == 1);
}

TEST_CASE("a generator draws all numbers below its limit equally often", "[random]") {
  Generator generator(1), again(1);
  std::vector<double> counts(3, 0);
  for (int k = 0; k < 30000; ++k) ++counts.at(generator.below(3));
  // Five standard deviations of a count.
  for (double count : counts) CHECK(std::abs(count - 10000) < 5 * std::sqrt(30000 * 2 / 9.0));
  std::vector<std::uint32_t> order = again.permutation(100);
  CHECK(order != all(100));
  std::sort(order.begin(), order.end());
  CHECK(order == all(100));
}

TEST_CASE("a generator gives the same numbers everywhere", "[random]") {
  // The 10000th number of std::mt19937_64 is fixed by the C++ standard, for the default seed.
  Generator generator(5489);
  std::vector<std::uint16_t> numbers(40000);
  generator.fill(numbers.data(), numbers.size());
  std::uint64_t last = 0;
  for (size_t j = 4; j-- > 0;) last = (last << 16) | numbers[39996 + j];
  CHECK(last == 9981545732273789042ull);
}

namespace {

class StopAt : public MembersMonitor {
 public:
  explicit StopAt(size_t questions) : left_(questions) {}
  bool stop(size_t) override { return left_ == 0 || --left_ == 0; }

 private:
  size_t left_;
};

// Members of several sizes that learn from parts of the same observations.
template <class Real>
struct Members {
  MixedData data{60, 4};
  Backend backend;
  std::unique_ptr<Source<Real>> source;
  NumberTargets<Real> targets;
  std::deque<Member<Real>> members;

  explicit Members(size_t threads)
      : backend(threads),
        source(make_source<Real>(backend, data.table(), {})),
        targets(tests::targets<Real>(2, 60), {}) {
    for (unsigned k = 0; k < 5; ++k) {
      members.emplace_back(Architecture{{6, 3 + k, 2}, {"relu"}, "cross_entropy"});
      Member<Real>& member = members.back();
      randomize_parameters(member.network, 0.3, k);
      member.source = source.get();
      member.targets = &targets;
      for (std::uint32_t i = 0; i < 60; ++i) {
        (i % 5 == k ? member.held_out : member.rows).push_back(i);
      }
      member.options.epochs = 4;
      member.options.learn_rate = 0.05;
      member.options.optimizer = AdamOptions();
      member.batch_size = 8;
      member.dropout = {0.2};
      member.seed = 100 + k;
    }
  }
};

}  // namespace

TEST_BOTH_TYPES(members_do_not_depend_on_threads, "members do not depend on threads",
                "[members][threads]") {
  Members<Real> alone(1), together(3);
  StopAt never(1000000000);
  train_members<Real>(alone.backend, alone.members, never, nullptr);
  train_members<Real>(together.backend, together.members, never, nullptr);
  for (size_t k = 0; k < 5; ++k) {
    const Member<Real>&one = alone.members[k], &other = together.members[k];
    REQUIRE(one.done);
    REQUIRE(other.done);
    CHECK(identical(arma::Mat<Real>(alone.members[k].network.parameters()),
                    arma::Mat<Real>(together.members[k].network.parameters())));
    CHECK(one.predictions.n_cols == 12);
    CHECK(identical(one.predictions, other.predictions));
    CHECK(one.state.history.size() == 4);
  }
}

TEST_CASE("an interrupt leaves members that are not done", "[members]") {
  Members<double> all_of_them(1);
  // Each member asks some tens of times, so this ends in the second or third.
  StopAt soon(60);
  train_members<double>(all_of_them.backend, all_of_them.members, soon, nullptr);
  CHECK(all_of_them.members[0].done);
  CHECK_FALSE(all_of_them.members[4].done);
}
