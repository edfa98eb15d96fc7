// Exports of the passes through a given network: forward, predict, backward; and what R asks the
// core before it trains. In double precision alone, whatever the network was trained in. Rows are
// read some at a time, so data need no second copy; the results are R's own matrices, made before
// there are threads.

#include "r_network.h"
#include "r_backend.h"
#include "r_conditions.h"
#include "r_convert.h"
#include "r_interrupt.h"

namespace {

// Calls f(own, thread, first, batch) for the rows of X, some at a time; throws NotFinite.
template <class F>
void for_each_chunk(feedforward::Backend& backend, SEXP X, F f) {
  const auto reader =
      visit_table(X, [](const auto& table) { return feedforward::make_reader<double>(table); });
  feedforward::for_each_chunk(backend, *reader, InterruptThrown(), f);
}

// No more threads than there are chunks to read: to start one takes longer than to predict a row.
std::size_t useful_threads(int threads, std::size_t n) {
  const std::size_t chunks = n / feedforward::rows_per_chunk + 1;
  return std::min<std::size_t>(threads, chunks);
}

}  // namespace

// All of them throw what with_conditions() lists.

// Logits and activations of each layer in turn: list(Z1, A1, Z2, A2, ...).
// [[Rcpp::export(rng = false)]]
SEXP forward_cpp(SEXP X, Rcpp::List network, int rows, int threads) {
  return with_conditions([&]() -> SEXP {
    const auto layers = network_on(network);
    require_columns(X, layers);
    // R's own memory, to which the threads write.
    std::vector<Rcpp::NumericMatrix> results;
    for (std::size_t layer = 0; layer < layers.layers(); ++layer) {
      const int units = static_cast<int>(layers.units(layer));
      for (int k = 0; k < 2; ++k) results.emplace_back(new_matrix(rows, units));
    }
    RBackend backend(useful_threads(threads, rows));
    for_each_chunk(backend.get(), X,
                   [&](auto& own, std::size_t, std::size_t first, const auto& batch) {
                     arma::mat below, here;
                     for (std::size_t layer = 0; layer < layers.layers(); ++layer) {
                       layer == 0 ? feedforward::logits(own, layers, layer, batch, here)
                                  : feedforward::logits(own, layers, layer, below, here);
                       write_rows(here, first, results[2 * layer]);
                       feedforward::activate(own, layers, layer, here);
                       write_rows(here, first, results[2 * layer + 1]);
                       below.swap(here);
                     }
                   });
    return Rcpp::wrap(results);
  });
}

namespace {

// What a network gives for a batch: "response" (its predictions), "link" (the logits of the
// last layer) or "hidden" (the activations of the last hidden layer).
const arma::mat& output_of(const std::string& what, feedforward::Backend& own,
                           const feedforward::NetworkView<double>& network,
                           const feedforward::Batch<double>& batch,
                           feedforward::Pass<double>& pass) {
  feedforward::forward(own, network, batch, pass);
  const std::size_t last = network.layers() - 1;
  arma::mat& predictions = pass.layers[last].A.mat();
  if (what == "hidden") return pass.layers[last - 1].A.mat();
  if (what == "link") {
    // Computed again: the pass has put the link's result in the place of the logits.
    last == 0 ? feedforward::logits(own, network, last, batch, predictions)
              : feedforward::logits(own, network, last, pass.layers[last - 1].A.mat(), predictions);
  }
  return predictions;
}

}  // namespace

// output_of() for all rows of x, as a matrix (rows x units). `rows` is known to R, also for tables
// whose size C++ would have to ask for.
// [[Rcpp::export(rng = false)]]
SEXP predict_layers_cpp(SEXP x, Rcpp::List network, int rows, int threads, std::string what) {
  return with_conditions([&]() -> SEXP {
    const auto layers = network_on(network);
    require_columns(x, layers);
    const std::size_t units =
        what == "hidden" ? layers.inputs(layers.layers() - 1) : layers.outputs();
    Rcpp::NumericMatrix result(new_matrix(rows, static_cast<int>(units)));
    RBackend backend(useful_threads(threads, rows));
    // One pass per thread, kept from chunk to chunk.
    std::vector<feedforward::Pass<double>> passes(backend.get().threads());
    for_each_chunk(backend.get(), x,
                   [&](auto& own, std::size_t thread, std::size_t first, const auto& batch) {
                     write_rows(output_of(what, own, layers, batch, passes[thread]), first, result);
                   });
    return Rcpp::wrap(result);
  });
}

// The mean loss and its gradient over all rows of X, as list(loss, W1, b1, ...).
// [[Rcpp::export(rng = false)]]
SEXP backward_cpp(SEXP X, Rcpp::NumericMatrix Y, Rcpp::List network) {
  return with_conditions([&]() -> SEXP {
    const auto layers = network_on(network);
    require_columns(X, layers);
    const feedforward::Table<double> targets = as_table<double>(Y.begin(), Y);
    const double n = Y.nrow();
    arma::vec gradient = arma::zeros<arma::vec>(layers.parameter_count());
    double loss = 0;
    feedforward::Pass<double> pass;
    feedforward::TargetBatch<double> Yb;
    RBackend backend(1);  // one thread: the sums go in the order of the rows
    for_each_chunk(backend.get(), X,
                   [&](auto& own, std::size_t, std::size_t first, const auto& batch) {
                     feedforward::forward(own, layers, batch, pass);
                     const arma::mat& predictions = pass.predictions();
                     Yb.Y.set_size(predictions.n_rows, predictions.n_cols);
                     feedforward::copy_rows(own.isa(), targets.rows({first, first + Yb.Y.n_cols}),
                                            Yb.Y.memptr());
                     // The mean over all rows, added up chunk by chunk.
                     loss += layers.loss().total(Yb.Y, predictions, nullptr) / n;
                     feedforward::backward(own, layers, batch, Yb, 1 / n, 1.0, pass, gradient);
                   });
    return unwinding([&]() -> SEXP {
      const Rcpp::Shield<SEXP> parts(layer_list(layers, gradient));
      const R_xlen_t count = Rf_xlength(parts);
      const Rcpp::Shield<SEXP> result(Rf_allocVector(VECSXP, count + 1));
      SET_VECTOR_ELT(result, 0, Rf_ScalarReal(loss));
      for (R_xlen_t k = 0; k < count; ++k) SET_VECTOR_ELT(result, k + 1, VECTOR_ELT(parts, k));
      return result;
    });
  });
}

// list(mean, sd) of each column over the given rows (1-based, or NULL for all), each as often as
// its weight says (one for each row of x, or NULL for 1 each).
// [[Rcpp::export(rng = false)]]
SEXP column_moments_cpp(SEXP x, SEXP rows, SEXP weights) {
  return with_conditions([&]() -> SEXP {
    return visit_table(x, [&](const auto& table) {
      const std::vector<double> given = numbers_or_none(weights);
      std::vector<double> counts(table.n, 0);
      for (const std::uint32_t row : as_rows(rows, table.n))
        counts[row] = given.empty() ? 1 : given[row];
      const feedforward::Moments moments = feedforward::column_moments(table, counts);
      return unwinding([&] {
        return NamedList(2)
            .add("mean", new_numbers(moments.mean))
            .add("sd", new_numbers(moments.sd))
            .list();
      });
    });
  });
}

// What the core knows by name: list(losses, activations, optimizers, schedules). A test compares it
// with R's registry.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_names_cpp() {
  using feedforward::names_of;
  return Rcpp::List::create(
      Rcpp::Named("losses") = names_of(feedforward::losses<double>()),
      Rcpp::Named("activations") = names_of(feedforward::activations<double>()),
      Rcpp::Named("optimizers") = names_of(feedforward::optimizers()),
      Rcpp::Named("schedules") = names_of(feedforward::schedules()));
}
