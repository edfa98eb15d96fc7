// Exports of permutation importance: how the score of predictions changes if a column of the
// predictors is permuted. In double precision, like all predictions.

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include <feedforward/importance.hpp>

#include "r_backend.h"
#include "r_conditions.h"
#include "r_convert.h"
#include "r_interrupt.h"
#include "r_list.h"
#include "r_network.h"
#include "r_targets.h"

namespace {

using Judge = std::function<double(const arma::mat&, const arma::mat&, const double*)>;

// The absolute error of each observation, as a mean over its outputs.
double absolute_errors(const arma::mat& Y, const arma::mat& A, const double* weights) {
  return feedforward::sum_over(Y, A, weights, feedforward::AbsoluteError()) /
         static_cast<double>(Y.n_rows);
}

// A summed score by its name: "loss", "score" (how many are right, or the mean squared error of
// each observation), or "mae". It is NaN where a prediction is not finite, also if a score of its
// own would not show it.
Judge judge_of(const std::string& metric, const feedforward::Loss<double>& loss) {
  return [metric, loss](const arma::mat& Y, const arma::mat& A, const double* weights) {
    if (!A.is_finite()) return std::numeric_limits<double>::quiet_NaN();
    if (metric == "loss") return loss.total(Y, A, weights);
    if (metric == "mae") return absolute_errors(Y, A, weights);
    return loss.score(Y, A, weights);
  };
}

feedforward::WeightedNetwork<double> weighted_network(const Rcpp::List& list) {
  const SEXP x = list["x"];
  auto network = network_on(list);
  require_columns(x, network);
  return {
      std::move(network), Rcpp::as<double>(list["weight"]),
      visit_table(x, [](const auto& table) { return feedforward::make_reader<double>(table); }),
      visit_table(x, [](const auto& table) { return feedforward::make_exchange<double>(table); })};
}

// The permutations of a matrix with one in each column.
std::vector<const int*> permutations_of(const Rcpp::IntegerMatrix& permutations, std::size_t n) {
  if (static_cast<std::size_t>(permutations.nrow()) != n) Rcpp::stop("permutations of all rows");
  for (const int row : permutations) {
    if (row < 1 || static_cast<std::size_t>(row) > n) Rcpp::stop("permutations of the rows");
  }
  std::vector<const int*> result;
  for (int k = 0; k < permutations.ncol(); ++k) {
    result.push_back(INTEGER_RO(permutations) + static_cast<std::size_t>(k) * n);
  }
  return result;
}

}  // namespace

// The score of predictions A for targets Y (outputs, m), summed over the observations, each times
// its weight (m); none for 1 each.
// [[Rcpp::export(rng = false)]]
double total_score_cpp(Rcpp::NumericMatrix Y, Rcpp::NumericMatrix A, Rcpp::NumericVector weights,
                       std::string metric, std::string loss, double quantile) {
  const arma::mat targets(Y.begin(), Y.nrow(), Y.ncol(), false, true);
  const arma::mat predictions(A.begin(), A.nrow(), A.ncol(), false, true);
  const double* each = weights.size() > 0 ? weights.begin() : nullptr;
  return judge_of(metric, feedforward::Loss<double>(loss, quantile))(targets, predictions, each);
}

// Sums of scores: list(baseline, changes), where `changes` (columns x permutations) says by how
// much the sum changes if a column is permuted. `networks` is a list of list(x, architecture,
// parameters, weight), whose weighted predictions are averaged; `targets` is list(y, weights);
// `permutations` is an integer matrix (n x permutations) of rows, counted from 1.
// [[Rcpp::export(rng = false)]]
SEXP permutation_scores_cpp(Rcpp::List networks, Rcpp::List targets,
                            Rcpp::IntegerMatrix permutations, std::string metric, int threads) {
  return with_conditions([&]() -> SEXP {
    feedforward::PermutationTask<double> task;
    for (R_xlen_t k = 0; k < networks.size(); ++k) {
      const Rcpp::List network = networks[k];
      task.networks.push_back(weighted_network(network));
    }
    const auto& first = task.networks.at(0).network;
    {
      RBackend backend(1);
      task.targets = make_targets<double>(backend.get(), targets, first.outputs());
    }
    const std::size_t n = task.size();
    for (const auto& each : task.networks) {
      if (each.reader->size() != n || each.exchange->columns() != task.columns())
        Rcpp::stop("tables of the same rows and columns");
    }
    task.judge = judge_of(metric, first.loss());
    task.permutations = permutations_of(permutations, n);
    // R's own memory, made before there are threads.
    Rcpp::NumericMatrix changes(
        new_matrix(static_cast<int>(task.columns()), static_cast<int>(task.permutations.size())));
    double baseline = 0;
    {
      RBackend backend(threads);
      const feedforward::PermutationScores scores =
          feedforward::permutation_scores(backend.get(), task, InterruptThrown());
      std::copy(scores.changes.begin(), scores.changes.end(), changes.begin());
      baseline = scores.baseline;
    }
    return unwinding(
        [&] { return NamedList(2).add("baseline", baseline).add("changes", changes).list(); });
  });
}
