// The state of training as R's list, for checkpoints: as_list() and from_list() at the end, which
// must agree. The list is saved by R, so what it holds is a promise to files that exist.
#ifndef FEEDFORWARD_R_STATE_H
#define FEEDFORWARD_R_STATE_H

#include <RcppArmadillo.h>
#include <feedforward/monitor.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "r_list.h"

namespace r_state {

using feedforward::EpochRecord;
using feedforward::TrainingState;

// The columns of the history, and where an epoch keeps them: the one place to add a column, besides
// R's registry. The epoch itself is the row.
// Numbers alone, so one struct serves all columns.
struct Column {
  const char* name;
  double EpochRecord::*value;
};
constexpr Column columns[] = {
    {"loss", &EpochRecord::loss},
    {"metric", &EpochRecord::metric},
    {"valid_loss", &EpochRecord::valid_loss},
    {"valid_metric", &EpochRecord::valid_metric},
    {"learn_rate", &EpochRecord::learn_rate},
    {"seconds", &EpochRecord::seconds},
};

// A list of columns, each (epochs).
// R can jump out of the functions that make lists, and out of their callers: they own nothing.
inline SEXP history_list(const std::vector<EpochRecord>& history) {
  NamedList list(sizeof(columns) / sizeof(Column));
  for (const Column& column : columns) {
    const SEXP values = Rf_allocVector(REALSXP, history.size());
    std::transform(history.begin(), history.end(), REAL(values),
                   [&](const EpochRecord& record) { return record.*column.value; });
    list.add(column.name, values);
  }
  return list.list();
}

// The same back. All columns have the same length.
inline std::vector<EpochRecord> as_history(const Rcpp::List& list) {
  std::vector<EpochRecord> history;
  for (const Column& column : columns) {
    const Rcpp::NumericVector values = list[column.name];
    history.resize(values.size());
    for (std::size_t k = 0; k < history.size(); ++k) {
      history[k].epoch = k + 1;
      history[k].*column.value = values[k];
    }
  }
  return history;
}

// epoch 0 if there is no best epoch yet; then `parameters` is empty.
inline SEXP best_list(const feedforward::BestEpoch& best) {
  return NamedList(3)
      .add("epoch", static_cast<double>(best.epoch))
      .add("loss", best.loss)
      .add("parameters", new_numbers(best.parameters))
      .list();
}

// The vectors that the optimizer remembers, without names: which they are, it knows itself.
inline SEXP optimizer_list(const std::vector<arma::vec>& optimizer) {
  const Rcpp::Shield<SEXP> list(Rf_allocVector(VECSXP, optimizer.size()));
  for (std::size_t k = 0; k < optimizer.size(); ++k) {
    SET_VECTOR_ELT(list, k, new_numbers(optimizer[k]));
  }
  return list;
}

// The order of the observations, 1-based, in which the next epoch starts. R counts in int; a matrix
// has no more rows.
inline SEXP order_vector(const std::vector<std::uint32_t>& order) {
  const SEXP result = Rf_allocVector(INTSXP, order.size());
  std::transform(order.begin(), order.end(), INTEGER(result),
                 [](std::uint32_t sample) { return static_cast<int>(sample + 1); });
  return result;
}

// R jumps out of it, so it is called under completes() or unwinding().
inline SEXP as_list(const TrainingState& state) {
  return NamedList(7)
      .add("epoch", static_cast<double>(state.epoch))
      .add("parameters", new_numbers(state.parameters))
      .add("optimizer", optimizer_list(state.optimizer))
      .add("steps", static_cast<double>(state.steps))
      .add("order", order_vector(state.order))
      .add("best", best_list(state.best))
      .add("history", history_list(state.history))
      .list();
}

// R has checked the list, as it may come from a file.
inline TrainingState from_list(const Rcpp::List& list) {
  // Copies: the list may be gone before training ends.
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
