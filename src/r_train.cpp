// Export of training: R's lists become the core's objects, train() runs, and a list goes back. No
// arithmetic here. R/fit.R calls it, and R/script-train.R for the script.
//
// R can jump away wherever it allocates memory, which would leave threads behind. So all that needs
// R comes first (Setup), then the threads start and the core alone is at work (run()), and only
// when they are gone is the result made. In between R is called by the monitor and the random
// numbers alone, under unwinding().

#include "core.h"

#include <memory>

#include "r_backend.h"
#include "r_blocks.h"
#include "r_conditions.h"
#include "r_convert.h"
#include "r_minimize.h"
#include "r_monitor.h"
#include "r_mpi.h"
#include "r_network.h"
#include "r_options.h"
#include "r_random.h"
#include "r_row_file.h"
#include "r_targets.h"
#include "r_unwind.h"

namespace {

using feedforward::Backend;
using feedforward::Examples;
using feedforward::Objective;

// What R measured on the training data: center, and scale as a divisor.
feedforward::Standardization standardization_of(const Rcpp::List& data) {
  feedforward::Standardization result;
  result.center = numbers_or_none(element_or_null(data, "center"));
  result.factor = numbers_or_none(element_or_null(data, "scale"));
  for (double& factor : result.factor) factor = 1 / factor;
  return result;
}

// Observations and what the network should say to them: list(x, y, weights, ...) of R. `before`
// are examples that are no longer needed: there should be memory for only one block.
template <class Real>
Examples<Real> make_examples(Backend& backend, const Rcpp::List& data, std::size_t outputs,
                             const feedforward::Standardization& by, Examples<Real> before) {
  auto targets = make_targets<Real>(backend, data, outputs);
  const SEXP x = data["x"];
  if (is_row_file(x)) return {source_of_file<Real>(x, by, before.source.get()), std::move(targets)};
  before = {};
  auto source = visit_table(
      x, [&](const auto& table) { return feedforward::make_source<Real>(backend, table, by); });
  return {std::move(source), std::move(targets)};
}

// f(), which reads validation data. Errors are the same; the user must know where to look.
template <class F>
auto reading_validation(F f) {
  try {
    return f();
  } catch (feedforward::DataError& error) {
    error.part = "validation";
    throw;
  }
}

// R code asks for these strings: R/fit.R and R/model-print.R.
const char* reason_of(feedforward::Ending ending, const RMonitor& monitor) {
  using feedforward::Ending;
  if (ending == Ending::stopped) return monitor.reason().c_str();
  if (ending == Ending::no_improvement) return "no improvement";
  return ending == Ending::diverged ? "diverged" : "converged";
}

// Where and why training ended early; NULL if it used up all epochs.
SEXP stopped_list(const feedforward::TrainingResult& result, const RMonitor& monitor) {
  if (result.ending == feedforward::Ending::all_epochs) return R_NilValue;
  return NamedList(3)
      .add("epoch", static_cast<double>(result.epoch))
      .add("batch", static_cast<double>(result.batch))
      .add("reason", Rf_mkString(reason_of(result.ending, monitor)))
      .list();
}

// How R reads data block by block, for RBlockReader; NULL if they are in memory.
SEXP stream_of(const Rcpp::List& data) { return element_or_null(data, "stream"); }

// What training goes on from; at epoch 0 if R gives no state.
feedforward::TrainingState state_of(const Rcpp::List& options) {
  const SEXP state = options["state"];
  return Rf_isNull(state) ? feedforward::TrainingState() : r_state::from_list(state);
}

// The kind of kernels: the processor's best, or those that all ranks can use.
feedforward::Isa instructions_of(const Rcpp::List& options) {
  const SEXP name = options["instructions"];
  return Rf_isNull(name) ? RBackend::isa() : RBackend::isa(Rcpp::as<std::string>(name));
}

// The observations to train on, 0-based, in the order that the first shuffle permutes. None if R
// reads them block by block.
std::vector<std::uint32_t> order_of(const Rcpp::List& data,
                                    const feedforward::TrainingState& state) {
  if (!Rf_isNull(stream_of(data))) return {};
  if (state.epoch > 0) return state.order;
  return as_rows(element_or_null(data, "rows"), observations_in(data["y"]));
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

// list(parameters, history, best_epoch, stopped), with these parameters. R can jump out of it.
template <class Real>
SEXP trained_list(const feedforward::NetworkView<Real>& network, arma::Col<Real>& parameters,
                  const feedforward::TrainingState& state, SEXP stopped) {
  // Without validation data, the last epoch counts as the best.
  const std::size_t best = state.best.epoch > 0 ? state.best.epoch : state.epoch;
  return NamedList(4)
      .add("parameters", layer_list(network, parameters))
      .add("history", r_state::history_list(state.history))
      .add("best_epoch", static_cast<double>(best))
      .add("stopped", stopped)
      .list();
}

template <class Real>
struct Setup;

// What train_in() would return if training ended after this epoch.
template <class Real>
SEXP trained_so_far(const Setup<Real>& setup) {
  const feedforward::BestEpoch& best = setup.state.best;
  arma::Col<Real> parameters =
      best.epoch > 0 ? feedforward::as_reals<Real>(best.parameters) : setup.network.parameters();
  return unwinding(
      [&] { return trained_list(setup.network, parameters, setup.state, R_NilValue); });
}

// All parts of a training run that R's memory is needed for, before there is any thread. Everything
// the core is handed later is owned here, so it outlives the threads.
template <class Real>
struct Setup {
  Setup(const Rcpp::List& given, const Rcpp::List& list, const Rcpp::List& options)
      : data(given),
        apart(TYPEOF(validation_of(given)) == VECSXP ? validation_of(given)
                                                     : Rf_allocVector(VECSXP, 0)),
        network(architecture_of(list)),
        state(state_of(options)),
        training(training_options(options)),
        threads(Rcpp::as<int>(options["threads"])),
        instructions(instructions_of(options)),
        peers(Rcpp::as<bool>(options["cluster"]) ? mpi_peers() : nullptr),
        part(feedforward::part_of(peers.get())),
        dropout(dropout_of(list), drawing_masks()),
        by(standardization_of(data)),
        order(order_of(data, state)),
        batch_size(Rcpp::as<std::size_t>(options["batch_size"])),
        monitor(options, batches(), [this] { return trained_so_far(*this); }) {
    unwinding([&] { write_out(data); });
    for (const Rcpp::List& part : {data, apart}) {
      if (part.containsElementNamed("x")) require_columns(part["x"], network);
    }
    if (state.epoch > 0) {
      network.parameters() = feedforward::as_reals<Real>(state.parameters);
    } else {
      assign_parameters(list, network);
    }
  }

  // All ranks draw the same numbers from R, so that they have the same order of observations. Then
  // each leaves out units of its own: from a generator of its own, which each order starts anew.
  feedforward::Permutation drawing_order() {
    return [this](std::size_t n) {
      auto order = r_permutation(n);
      if (peers && dropout.acts()) {
        masks = feedforward::Generator(r_seed() + static_cast<std::uint32_t>(part.rank));
      }
      return order;
    };
  }
  typename feedforward::Dropout<Real>::Draw drawing_masks() {
    if (!peers) return r_numbers;
    return [this](std::uint16_t* numbers, std::size_t n) { masks.fill(numbers, n); };
  }

  // How many batches an epoch has.
  std::size_t batches() const {
    const SEXP stream = stream_of(data);
    const std::size_t n = Rf_isNull(stream) ? order.size() : rows_of_stream(stream);
    return feedforward::Batches(n, batch_size).count();
  }

  const Rcpp::List& data;
  const Rcpp::List apart;  // the validation data if they are a list of their own, else empty
  feedforward::Network<Real> network;
  feedforward::TrainingState state;
  const feedforward::TrainingOptions training;
  const std::size_t threads;
  const feedforward::Isa instructions;
  const std::unique_ptr<feedforward::Peers> peers;  // a null pointer if there are none
  const feedforward::Part part;
  feedforward::Generator masks{0};  // with peers
  feedforward::Dropout<Real> dropout;
  const feedforward::Standardization by;
  std::vector<std::uint32_t> order;
  const std::size_t batch_size;
  RMonitor monitor;
};

// What one objective looks at: examples in memory, or a reader of blocks.
template <class Real>
struct Observations {
  Examples<Real> examples;
  std::unique_ptr<feedforward::BlockReader<Real>> reader;
};

// `data` is R's list(x, y, weights) or list(stream).
template <class Real>
Observations<Real> observe(Backend& backend, Setup<Real>& setup, const Rcpp::List& data,
                           Objective<Real>& objective) {
  const auto read = [&](const Rcpp::List& block, Examples<Real> before) {
    return make_examples<Real>(backend, block, setup.network.outputs(), setup.by,
                               std::move(before));
  };
  const SEXP stream = stream_of(data);
  Observations<Real> observed;
  if (Rf_isNull(stream)) {
    observed.examples = read(data, {});
    objective.look_at(observed.examples);
  } else {
    observed.reader =
        std::make_unique<RBlockReader<Real>>(stream, setup.network, setup.monitor, read);
  }
  return observed;
}

// The batches of a run, of rows in memory or of blocks that `learning` looks at in turn.
template <class Real>
std::unique_ptr<feedforward::Sampler> make_sampler(Setup<Real>& setup,
                                                   const Observations<Real>& learned,
                                                   Objective<Real>& learning) {
  if (learned.reader) {
    return std::make_unique<feedforward::StreamSampler<Real>>(
        *learned.reader, learning, setup.batch_size, setup.drawing_order());
  }
  return std::make_unique<feedforward::ShuffledRows>(std::move(setup.order), setup.batch_size,
                                                     setup.drawing_order(), setup.part);
}

// The rows to validate on, a null pointer if there are none: some of the training data, or all of
// the others.
template <class Real>
std::unique_ptr<feedforward::Blocks> make_validation(const Setup<Real>& setup,
                                                     const Observations<Real>& learned,
                                                     const Observations<Real>& judged,
                                                     Objective<Real>& judging) {
  const SEXP held_out = validation_of(setup.data);
  if (Rf_isNull(held_out)) return nullptr;
  if (judged.reader) {
    return std::make_unique<feedforward::StreamedBlocks<Real>>(*judged.reader, judging);
  }
  if (setup.apart.size() > 0) {
    return std::make_unique<feedforward::RowsInMemory>(as_rows(R_NilValue, judged.examples.size()),
                                                       setup.part);
  }
  // Another objective, though it looks at the same data: only learning drops units out.
  judging.look_at(learned.examples);
  return std::make_unique<feedforward::RowsInMemory>(as_rows(held_out, learned.examples.size()),
                                                     setup.part);
}

// All ranks start from the weights of rank 0, as those that were drawn on other processors could
// differ in their last digits.
template <class Real>
void share_parameters(Setup<Real>& setup) {
  if (!setup.peers) return;
  arma::vec values = feedforward::as_doubles<Real>(setup.network.parameters());
  setup.peers->share(values.memptr(), values.n_elem);
  setup.network.parameters() = feedforward::as_reals<Real>(values);
}

// Reads the data and trains, on threads that end with it.
template <class Real>
feedforward::TrainingResult run(Setup<Real>& setup) {
  // First, so last to go: everything below holds a reference to it.
  RBackend threads(setup.threads, setup.instructions);
  Backend& backend = threads.get();
  Objective<Real> learning(backend, setup.network, &setup.dropout);
  Objective<Real> judging(backend, setup.network);
  // Validation data are standardized as the training data, never by themselves.
  const auto judged = reading_validation([&] {
    return setup.apart.size() > 0 ? observe(backend, setup, setup.apart, judging)
                                  : Observations<Real>();
  });
  const auto learned = observe(backend, setup, setup.data, learning);
  const auto sampler = make_sampler(setup, learned, learning);
  const auto held_out = make_validation(setup, learned, judged, judging);
  RMinimizer minimizer;
  feedforward::Training<Real> training = {backend,    setup.network,    learning,      {},
                                          *sampler,   setup.training,   setup.monitor, setup.state,
                                          &minimizer, setup.peers.get()};
  if (held_out) training.validation = {&judging, held_out.get()};
  share_parameters(setup);
  return feedforward::train(training);
}

// list(parameters, history, best_epoch, stopped), trained in numbers of type Real.
template <class Real>
SEXP train_in(const Rcpp::List& data, const Rcpp::List& list, const Rcpp::List& options) {
  // The threads are gone when run() returns, also by an exception; R may jump again from here on.
  Setup<Real> setup(data, list, options);
  const feedforward::TrainingResult result = run(setup);
  return unwinding([&] {
    const Rcpp::Shield<SEXP> stopped(stopped_list(result, setup.monitor));
    return trained_list(setup.network, setup.network.parameters(), setup.state, stopped);
  });
}

}  // namespace

// Trains a network on data as options say; all three are R's lists, whose shapes are
// described where they are made, in R/fit.R. Throws what with_conditions() lists.
// [[Rcpp::export(rng = false)]]
SEXP train_cpp(Rcpp::List data, Rcpp::List network, Rcpp::List options) {
  return with_conditions([&] {
    return Rcpp::as<std::string>(options["precision"]) == "single"
               ? train_in<float>(data, network, options)
               : train_in<double>(data, network, options);
  });
}

// What training would return if it ended now. `pointer` is what the monitor gave to R's function,
// and is valid during its call.
// [[Rcpp::export(rng = false)]]
SEXP trained_so_far_cpp(SEXP pointer) {
  const SoFar* so_far = static_cast<const SoFar*>(R_ExternalPtrAddr(pointer));
  if (so_far == nullptr) Rcpp::stop("training has gone on");
  return (*so_far)();
}
