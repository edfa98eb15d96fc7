// How to train, from R's lists. R/fit-options.R has checked them and filled in the defaults, so
// every element is there; what each means is in options.hpp.
#ifndef FEEDFORWARD_R_OPTIONS_H
#define FEEDFORWARD_R_OPTIONS_H

#include <Rcpp.h>
#include <feedforward/options.hpp>

#include <map>
#include <string>

// The elements of list(name = , ...) that are numbers; TRUE is 1 and FALSE 0.
inline feedforward::Numbers numbers_of(const Rcpp::List& list) {
  std::map<std::string, double> numbers;
  const Rcpp::CharacterVector names = list.names();
  for (R_xlen_t k = 0; k < list.size(); ++k) {
    const SEXP value = list[k];
    if (Rf_isNumeric(value) || Rf_isLogical(value)) {
      numbers[Rcpp::as<std::string>(names[k])] = Rf_asReal(value);
    }
  }
  return feedforward::Numbers(std::move(numbers));
}

// Throws std::invalid_argument if an optimizer or schedule has no such name, or lacks a number.
inline feedforward::TrainingOptions training_options(const Rcpp::List& options) {
  // Each is list(name = , ...) with the numbers that it needs.
  const Rcpp::List optimizer = options["optimizer"], schedule = options["schedule"];
  feedforward::TrainingOptions result;
  result.epochs = Rcpp::as<std::size_t>(options["epochs"]);
  result.learn_rate = options["learn_rate"];
  result.optimizer =
      feedforward::find_optimizer(Rcpp::as<std::string>(optimizer["name"]), numbers_of(optimizer));
  result.schedule =
      feedforward::find_schedule(Rcpp::as<std::string>(schedule["name"]), numbers_of(schedule));
  result.penalty.penalty = options["penalty"];
  result.penalty.mixture = options["mixture"];
  result.clip_norm = options["clip_norm"];
  // R's Inf arrives as infinity, which is no limit.
  result.stop_iter = options["stop_iter"];
  result.stop_if_diverged = options["stop_if_diverged"];
  return result;
}

#endif
