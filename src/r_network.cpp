// Exports of the passes through a given two-layer network: forward, predict, backward.

#include "r_backend.h"
#include "r_convert.h"
#include "r_interrupt.h"

namespace {

template <class Value, class F>
bool read_chunks(const feedforward::Backend& backend, const feedforward::Table<Value>& table, F f) {
  const feedforward::ChunkReader<double, Value> reader(table);
  return feedforward::for_each_chunk(backend, reader, InterruptAsked(), f);
}

template <class F>
bool read_chunks(const feedforward::Backend& backend, const feedforward::SparseTable& table, F f) {
  const auto source = feedforward::sparse_source<double>(table);
  const feedforward::SparseChunkReader<double> reader(source);
  return feedforward::for_each_chunk(backend, reader, InterruptAsked(), f);
}

// Calls f(own, thread, first, batch) for the rows of X, some at a time. An interrupt ends
// the call as R does. False where a value of X is not finite.
template <class F>
bool for_each_chunk(const feedforward::Backend& backend, SEXP X, F f) {
  bool complete = false;
  try {
    complete = visit_table(X, [&](const auto& table) { return read_chunks(backend, table, f); });
  } catch (const feedforward::NotFinite&) {
    return false;
  }
  if (!complete) throw Rcpp::internal::InterruptedException();
  return true;
}

// No more threads than there are chunks to read.
std::size_t useful_threads(int threads, std::size_t n) {
  const std::size_t chunks = n / feedforward::rows_per_chunk + 1;
  return std::min<std::size_t>(threads, chunks);
}

}  // namespace

// The following return NULL where a value of X is not finite; R says which.

// [[Rcpp::export(rng = false)]]
SEXP forward_cpp(SEXP X, Rcpp::List layers, int rows, int threads) {
  const auto network = network_on(layers);
  std::vector<Rcpp::NumericMatrix> Z, A;
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    Z.emplace_back(rows, static_cast<int>(network.units(layer)));
    A.emplace_back(rows, static_cast<int>(network.units(layer)));
  }
  RBackend backend(useful_threads(threads, rows));
  const bool finite = for_each_chunk(
      backend.get(), X, [&](const auto& own, std::size_t, std::size_t first, const auto& batch) {
        arma::mat hidden, output;
        feedforward::logits(own, network, 0, batch, hidden);
        write_rows(hidden, first, Z[0]);
        feedforward::activate(own, network, 0, hidden);
        write_rows(hidden, first, A[0]);
        feedforward::logits(own, network, 1, hidden, output);
        write_rows(output, first, Z[1]);
        feedforward::activate(own, network, 1, output);
        write_rows(output, first, A[1]);
      });
  if (!finite) return R_NilValue;
  return Rcpp::List::create(Z[0], A[0], Z[1], A[1]);
}

// [[Rcpp::export(rng = false)]]
SEXP predict_cpp(SEXP X, Rcpp::List layers, int rows, int threads) {
  const auto network = network_on(layers);
  Rcpp::NumericMatrix predictions(Rcpp::no_init(rows, network.outputs()));
  RBackend backend(useful_threads(threads, rows));
  std::vector<feedforward::Pass<double>> passes(backend.get().threads());
  const bool finite = for_each_chunk(
      backend.get(), X,
      [&](const auto& own, std::size_t thread, std::size_t first, const auto& batch) {
        feedforward::forward(own, network, batch, passes[thread]);
        write_rows(passes[thread].predictions(), first, predictions);
      });
  return finite ? Rcpp::wrap(predictions) : R_NilValue;
}

// The mean loss and its gradient over all rows of X.
// [[Rcpp::export(rng = false)]]
SEXP backward_cpp(SEXP X, Rcpp::NumericMatrix Y, Rcpp::List layers) {
  const auto network = network_on(layers);
  const feedforward::Table<double> targets = as_table<double>(Y.begin(), Y);
  const double n = Y.nrow();
  arma::vec gradient = arma::zeros<arma::vec>(network.parameter_count());
  double loss = 0;
  feedforward::Pass<double> pass;
  arma::mat Yb;
  RBackend backend(1);  // one thread: the sums go in the order of the rows
  const bool finite = for_each_chunk(
      backend.get(), X, [&](const auto& own, std::size_t, std::size_t first, const auto& batch) {
        feedforward::forward(own, network, batch, pass);
        Yb.set_size(pass.predictions().n_rows, pass.predictions().n_cols);
        feedforward::copy_rows(own.isa(), targets.rows({first, first + Yb.n_cols}), Yb.memptr());
        loss += network.loss().total(Yb, pass.predictions()) / n;
        feedforward::backward(own, network, batch, Yb, 1 / n, 1.0, pass, gradient);
      });
  if (!finite) return R_NilValue;
  Rcpp::List result = layer_matrices(network, gradient);
  result.push_front(loss);
  return result;
}
