// The state of training as R's list, for checkpoints.
#ifndef FEEDFORWARD_R_STATE_H
#define FEEDFORWARD_R_STATE_H

#include <RcppArmadillo.h>
#include <feedforward/monitor.hpp>

#include <string>
#include <utility>
#include <vector>

#include "r_unwind.h"

namespace r_state {

using feedforward::EpochRecord;
using feedforward::TrainingState;

// The columns of the history, and where an epoch keeps them.
inline const std::vector<std::pair<std::string, double EpochRecord::*>>& columns() {
  static const std::vector<std::pair<std::string, double EpochRecord::*>> all = {
      {"loss", &EpochRecord::loss},
      {"metric", &EpochRecord::metric},
      {"valid_loss", &EpochRecord::valid_loss},
      {"valid_metric", &EpochRecord::valid_metric},
      {"learn_rate", &EpochRecord::learn_rate},
      {"seconds", &EpochRecord::seconds}};
  return all;
}

inline Rcpp::List history_list(const std::vector<EpochRecord>& history) {
  Rcpp::List list;
  for (const auto& column : columns()) {
    Rcpp::NumericVector values(history.size());
    for (std::size_t k = 0; k < history.size(); ++k) values[k] = history[k].*column.second;
    list[column.first] = values;
  }
  return list;
}

inline std::vector<EpochRecord> as_history(const Rcpp::List& list) {
  std::vector<EpochRecord> history;
  for (const auto& column : columns()) {
    const Rcpp::NumericVector values = list[column.first];
    history.resize(values.size());
    for (std::size_t k = 0; k < history.size(); ++k) {
      history[k].epoch = k + 1;
      history[k].*column.second = values[k];
    }
  }
  return history;
}

inline Rcpp::NumericVector as_vector(const arma::vec& values) {
  return Rcpp::NumericVector(values.begin(), values.end());
}

inline Rcpp::List new_list(const TrainingState& state) {
  Rcpp::List optimizer;
  for (const arma::vec& memory : state.optimizer) optimizer.push_back(as_vector(memory));
  Rcpp::IntegerVector order(state.order.begin(), state.order.end());
  return Rcpp::List::create(
      Rcpp::Named("epoch") = static_cast<double>(state.epoch),
      Rcpp::Named("parameters") = as_vector(state.parameters), Rcpp::Named("optimizer") = optimizer,
      Rcpp::Named("steps") = static_cast<double>(state.steps),
      Rcpp::Named("order") = Rcpp::IntegerVector(order + 1),
      Rcpp::Named("best") =
          Rcpp::List::create(Rcpp::Named("epoch") = static_cast<double>(state.best.epoch),
                             Rcpp::Named("loss") = state.best.loss,
                             Rcpp::Named("parameters") = as_vector(state.best.parameters)),
      Rcpp::Named("history") = history_list(state.history));
}

// Called while training is under way.
inline Rcpp::List as_list(const TrainingState& state) {
  return unwinding([&]() -> SEXP { return new_list(state); });
}

inline TrainingState from_list(const Rcpp::List& list) {
  const Rcpp::List best = list["best"], optimizer = list["optimizer"];
  TrainingState state;
  state.epoch = Rcpp::as<std::size_t>(list["epoch"]);
  state.parameters = Rcpp::as<arma::vec>(list["parameters"]);
  for (R_xlen_t k = 0; k < optimizer.size(); ++k) {
    state.optimizer.push_back(Rcpp::as<arma::vec>(optimizer[k]));
  }
  state.steps = Rcpp::as<std::size_t>(list["steps"]);
  for (const int sample : Rcpp::as<std::vector<int>>(list["order"])) {
    state.order.push_back(static_cast<std::uint32_t>(sample - 1));
  }
  state.best.epoch = Rcpp::as<std::size_t>(best["epoch"]);
  state.best.loss = Rcpp::as<double>(best["loss"]);
  state.best.parameters = Rcpp::as<arma::vec>(best["parameters"]);
  state.history = as_history(list["history"]);
  return state;
}

}  // namespace r_state

#endif
