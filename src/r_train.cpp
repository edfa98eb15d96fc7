// Export of training.

#include <feedforward/feedforward.hpp>

#include <memory>

#include "r_backend.h"
#include "r_convert.h"
#include "r_lbfgs.h"
#include "r_monitor.h"
#include "r_network.h"
#include "r_options.h"
#include "r_random.h"
#include "r_unwind.h"

namespace {

using feedforward::Backend;
using feedforward::Objective;
using feedforward::Targets;
using feedforward::Validation;

feedforward::Standardization standardization_of(const Rcpp::List& data) {
  feedforward::Standardization result;
  result.center = numbers_or_none(element_or_null(data, "center"));
  result.factor = numbers_or_none(element_or_null(data, "scale"));
  for (double& factor : result.factor) factor = 1 / factor;
  return result;
}

// Class codes 1 .. outputs are integers; all other targets are a double matrix.
template <class Real>
std::unique_ptr<Targets<Real>> make_targets(const Backend& backend, const Rcpp::List& data,
                                            std::size_t outputs) {
  const SEXP y = data["y"];
  const std::vector<double> given = numbers_or_none(element_or_null(data, "weights"));
  std::vector<Real> weights(given.begin(), given.end());
  if (TYPEOF(y) == INTSXP) {
    std::vector<std::uint32_t> codes(INTEGER(y), INTEGER(y) + Rf_xlength(y));
    for (std::uint32_t& code : codes) --code;
    return std::make_unique<feedforward::ClassTargets<Real>>(std::move(codes), outputs,
                                                             std::move(weights));
  }
  return std::make_unique<feedforward::NumberTargets<Real>>(
      feedforward::dense_columns<Real>(backend, as_table<double>(REAL(y), y)), std::move(weights));
}

// Calls f with the source that the inputs of data are.
template <class Real, class F>
auto visit_source(const Backend& backend, const Rcpp::List& data,
                  const feedforward::Standardization& by, F f) {
  return visit_table(data["x"], [&](const auto& table) {
    return feedforward::with_source<Real>(backend, table, by, f);
  });
}

// The part of the data that training leaves out, seen through a network that has nothing
// left out. The source must outlive it.
template <class Real, class Inputs>
Validation validate_on(const Backend& backend, const feedforward::Network<Real>& network,
                       const Inputs& inputs, const Targets<Real>& targets,
                       std::vector<std::uint32_t> rows) {
  auto objective = std::make_shared<Objective<Real, Inputs>>(backend, network, inputs, targets);
  return [objective, rows = std::move(rows)](const std::function<bool()>& stop,
                                             feedforward::Sums& sums) {
    return objective->evaluate(rows.data(), rows.size(), stop, sums);
  };
}

// The same for data of its own, list(x, y, weights), which it then owns.
template <class Real>
Validation validate_apart(const Backend& backend, const feedforward::Network<Real>& network,
                          const Rcpp::List& data, const feedforward::Standardization& by) {
  std::shared_ptr<Targets<Real>> targets = make_targets<Real>(backend, data, network.outputs());
  return visit_source<Real>(backend, data, by, [&](auto&& source) -> Validation {
    using Inputs = std::decay_t<decltype(source)>;
    auto inputs = std::make_shared<Inputs>(std::move(source));
    const Validation validation =
        validate_on(backend, network, *inputs, *targets, as_rows(R_NilValue, targets->size()));
    return
        [inputs, targets, validation](const std::function<bool()>& stop, feedforward::Sums& sums) {
          return validation(stop, sums);
        };
  });
}

const char* reason_of(feedforward::Ending ending, const RMonitor& monitor) {
  using feedforward::Ending;
  if (ending == Ending::stopped) return monitor.reason().c_str();
  if (ending == Ending::no_improvement) return "no improvement";
  return ending == Ending::diverged ? "diverged" : "converged";
}

// list(parameters, history, best_epoch, stopped)
template <class Real>
Rcpp::List result_list(feedforward::Network<Real>& network,
                       const feedforward::TrainingResult& result,
                       const feedforward::TrainingState& state, const RMonitor& monitor) {
  SEXP stopped = R_NilValue;
  const Rcpp::List how =
      Rcpp::List::create(Rcpp::Named("epoch") = static_cast<double>(result.epoch),
                         Rcpp::Named("batch") = static_cast<double>(result.batch),
                         Rcpp::Named("reason") = reason_of(result.ending, monitor));
  if (result.ending != feedforward::Ending::all_epochs) stopped = how;
  const std::size_t best = state.best.epoch > 0 ? state.best.epoch : state.epoch;
  return Rcpp::List::create(Rcpp::Named("parameters") = layer_list(network, network.parameters()),
                            Rcpp::Named("history") = r_state::history_list(state.history),
                            Rcpp::Named("best_epoch") = static_cast<double>(best),
                            Rcpp::Named("stopped") = stopped);
}

// What training goes on from; at epoch 0 where R gives no state.
feedforward::TrainingState state_of(const Rcpp::List& options) {
  const SEXP state = options["state"];
  return Rf_isNull(state) ? feedforward::TrainingState() : r_state::from_list(state);
}

// NULL, rows (of int) or data (a list) to validate on.
SEXP validation_of(const Rcpp::List& data) {
  const SEXP validation = element_or_null(data, "validation");
  const int type = TYPEOF(validation);
  if (type != NILSXP && type != INTSXP && type != VECSXP) {
    Rcpp::stop("validation must be NULL, integer rows or a list");
  }
  return validation;
}

// Trains in numbers of type Real.
template <class Real>
Rcpp::List train_in(const Backend& backend, const Rcpp::List& data, const Rcpp::List& list,
                    const Rcpp::List& options) {
  feedforward::Network<Real> network(architecture_of(list));
  assign_parameters(list, network);
  feedforward::TrainingState state = state_of(options);
  if (state.epoch > 0) network.parameters() = feedforward::as_reals<Real>(state.parameters);
  const feedforward::TrainingOptions training = training_options(options);
  const Rcpp::List architecture = list["architecture"];
  feedforward::Dropout<Real> dropout(numbers_or_none(element_or_null(architecture, "dropout")),
                                     r_numbers);
  const auto targets = make_targets<Real>(backend, data, network.outputs());
  const auto by = standardization_of(data);
  const SEXP held_out = validation_of(data);
  Validation validation;
  if (TYPEOF(held_out) == VECSXP) validation = validate_apart(backend, network, held_out, by);
  std::vector<std::uint32_t> order =
      state.epoch > 0 ? state.order : as_rows(element_or_null(data, "rows"), targets->size());
  feedforward::Sampler sampler(std::move(order), Rcpp::as<std::size_t>(options["batch_size"]),
                               r_permutation);
  RMonitor monitor(options, sampler.batches());
  return visit_source<Real>(backend, data, by, [&](const auto& inputs) {
    if (TYPEOF(held_out) == INTSXP) {
      validation = validate_on(backend, network, inputs, *targets, as_rows(held_out, 0));
    }
    using Inputs = std::decay_t<decltype(inputs)>;
    Objective<Real, Inputs> objective(backend, network, inputs, *targets, &dropout);
    feedforward::TrainingResult result;
    if (training.optimizer.name == "lbfgs") {
      result = r_lbfgs::train(network, objective, validation, sampler.order(), training, backend,
                              monitor, state);
    } else {
      result = feedforward::train(backend, network, objective, validation, sampler, training,
                                  monitor, state);
    }
    return Rcpp::List(
        unwinding([&]() -> SEXP { return result_list(network, result, state, monitor); }));
  });
}

}  // namespace

// Trains a network on data as options say; all three are R's lists, whose shapes are
// described where they are made, in R/fit.R. NULL where a value of x is not finite, of which R
// says where, and "too large" where single precision cannot hold one.
// [[Rcpp::export(rng = false)]]
SEXP train_cpp(Rcpp::List data, Rcpp::List network, Rcpp::List options) {
  RBackend backend(Rcpp::as<int>(options["threads"]));
  const bool single = Rcpp::as<std::string>(options["precision"]) == "single";
  try {
    return single ? train_in<float>(backend.get(), data, network, options)
                  : train_in<double>(backend.get(), data, network, options);
  } catch (const feedforward::NotFinite&) {
    return R_NilValue;
  } catch (const feedforward::TooLarge&) {
    return Rcpp::wrap("too large");
  }
}
