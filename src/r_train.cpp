// Export of the training loop.

#include <R_ext/Random.h>

#include <numeric>

#include "r_backend.h"
#include "r_convert.h"
#include "r_monitor.h"

namespace {

// What sample(n) - 1 would give in R, with the same draws: every setting of RNGkind() gives
// the stream a script would get. No R code runs, so no interrupt can come in between.
std::vector<std::uint32_t> r_permutation(std::size_t n) {
  std::vector<std::uint32_t> left(n), permutation(n);
  std::iota(left.begin(), left.end(), 0u);
  const Rcpp::RNGScope draws;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t drawn = static_cast<std::size_t>(R_unif_index(n - i));
    permutation[i] = left[drawn];
    left[drawn] = left[n - i - 1];
  }
  return permutation;
}

// Trains in numbers of type Real; the result is list(W1, b1, W2, b2, loss), and
// list(epoch, batch, reason) where training was stopped.
template <class Real>
Rcpp::List train_in(const feedforward::Backend& backend, SEXP X, Rcpp::NumericMatrix Y,
                    const Rcpp::List& layers, const Rcpp::List& options) {
  feedforward::Network<Real> network(two_layer_architecture(layers));
  assign_layers(layers, network);
  const feedforward::Dense<Real> targets(
      feedforward::dense_columns<Real>(backend, as_table<double>(Y.begin(), Y)));
  feedforward::Sampler sampler(targets.size(), Rcpp::as<int>(options["batch_size"]), r_permutation);
  feedforward::TrainingOptions training;
  training.learn_rate = options["learn_rate"];
  training.epochs = Rcpp::as<int>(options["epochs"]);
  RMonitor monitor(options["on_epoch"], options["on_progress"], sampler.batches());
  const auto result = visit_table(X, [&](const auto& table) {
    return feedforward::with_source<Real>(backend, table, [&](const auto& inputs) {
      return feedforward::train(backend, network, inputs, targets, sampler, training, monitor);
    });
  });
  Rcpp::List trained = layer_matrices(network, network.parameters());
  trained.push_back(result.loss);
  if (result.stopped) {
    trained.push_back(Rcpp::List::create(Rcpp::Named("epoch") = static_cast<double>(result.epoch),
                                         Rcpp::Named("batch") = static_cast<double>(result.batch),
                                         Rcpp::Named("reason") = monitor.reason()));
  }
  return trained;
}

}  // namespace

// NULL where a value of X is not finite; R says which.
// [[Rcpp::export(rng = false)]]
SEXP train_cpp(SEXP X, Rcpp::NumericMatrix Y, Rcpp::List layers, Rcpp::List options) {
  RBackend backend(Rcpp::as<int>(options["threads"]));
  const bool single = Rcpp::as<std::string>(options["precision"]) == "single";
  try {
    return single ? train_in<float>(backend.get(), X, Y, layers, options)
                  : train_in<double>(backend.get(), X, Y, layers, options);
  } catch (const feedforward::NotFinite&) {
    return R_NilValue;
  }
}
