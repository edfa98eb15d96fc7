// Export of training several networks side by side.

#include "core.h"

#include <deque>
#include <memory>

#include "r_backend.h"
#include "r_conditions.h"
#include "r_convert.h"
#include "r_interrupt.h"
#include "r_minimize.h"
#include "r_network.h"
#include "r_options.h"
#include "r_targets.h"
#include "r_unwind.h"

namespace {

using feedforward::Backend;
using feedforward::Member;
using feedforward::Source;

template <class Real>
using Sources = std::vector<std::unique_ptr<Source<Real>>>;

// The columns of a numeric matrix, in R's memory.
feedforward::ColumnTable columns_of_matrix(SEXP x, SEXP encoding) {
  const std::size_t n = Rf_nrows(x), inputs = Rf_ncols(x);
  feedforward::ColumnTable table;
  for (std::size_t j = 0; j < inputs; ++j) {
    feedforward::Column column = as_column(x);
    if (column.numbers) column.numbers += j * n;
    if (column.whole) column.whole += j * n;
    table.columns.push_back(column);
  }
  table.n = n;
  table.encoding = as_encoding(Rcpp::IntegerVector(static_cast<int>(inputs)), encoding);
  table.inputs = table.encoding->inputs();
  return table;
}

// A source for each encoding, all of one copy of the data. Sparse matrices and bytes have no
// encoding.
template <class Real>
Sources<Real> make_sources(Backend& backend, SEXP x, const Rcpp::List& encodings) {
  Sources<Real> sources;
  if (TYPEOF(x) == S4SXP || TYPEOF(x) == RAWSXP) {
    const auto source = [&](const auto& table) {
      return feedforward::make_source<Real>(backend, table, feedforward::Standardization());
    };
    for (R_xlen_t k = 0; k < encodings.size(); ++k) {
      if (!Rf_isNull(encodings[k])) Rcpp::stop("these predictors have no encoding");
    }
    sources.push_back(visit_table(x, source));
    return sources;
  }
  const bool is_list = TYPEOF(x) == VECSXP;
  Rcpp::IntegerVector levels(is_list ? 0 : Rf_ncols(x));
  if (is_list) levels = Rcpp::List(x)["levels"];
  // All encodings agree on which columns may have missing numbers.
  const SEXP first = encodings[0];
  feedforward::ColumnTable table = is_list ? as_column_table(x) : columns_of_matrix(x, first);
  table.encoding = as_encoding(levels, first);
  const auto store = std::make_shared<const feedforward::ColumnStore>(backend, table);
  for (R_xlen_t k = 0; k < encodings.size(); ++k) {
    const auto encoding = as_encoding(levels, encodings[k]);
    sources.push_back(std::make_unique<feedforward::Encoded<Real>>(store, encoding));
  }
  return sources;
}

// Sets what a member learns and from what, given list(network, options, encoding, rows, held_out,
// seed), where `encoding` is the 1-based number of an encoding.
template <class Real>
void prepare_member(const Rcpp::List& list, const Sources<Real>& sources,
                    const feedforward::Targets<Real>& targets, Member<Real>& member) {
  const Rcpp::List network = list["network"], options = list["options"];
  // Where there is one source, it serves all.
  const std::size_t encoding = Rcpp::as<std::size_t>(list["encoding"]) - 1;
  member.source = sources.at(sources.size() == 1 ? 0 : encoding).get();
  member.targets = &targets;
  member.rows = as_rows(list["rows"], member.source->size());
  member.held_out = as_rows(list["held_out"], member.source->size());
  member.options = training_options(options);
  member.batch_size = Rcpp::as<std::size_t>(options["batch_size"]);
  member.dropout = dropout_of(network);
  member.seed = Rcpp::as<std::uint32_t>(list["seed"]);
  if (member.source->inputs() != member.network.inputs(0)) Rcpp::stop("inputs for the network");
  assign_parameters(network, member.network);
}

// Asks R whether to stop, and tells an R function how many epochs are done.
class RMembersMonitor : public feedforward::MembersMonitor {
 public:
  explicit RMembersMonitor(SEXP on_progress) : on_progress_(on_progress) {}

  bool stop(std::size_t epochs) override {
    if (!seldom_.is_due()) return asked_;
    SEXP value;
    const auto ask = [&] {
      ask_r();
      if (Rf_isNull(on_progress_)) return R_NilValue;
      const Rcpp::Shield<SEXP> call(
          Rf_lcons(on_progress_, Rcpp::pairlist(static_cast<double>(epochs))));
      return Rf_eval(call, R_BaseEnv);
    };
    asked_ = asked_ || !completes(ask, value) || !Rf_isNull(value);
    return asked_;
  }

 private:
  SEXP on_progress_;
  Seldom seldom_;
  bool asked_ = false;
};

const char* ending_of(const feedforward::TrainingResult& result) {
  return result.ending == feedforward::Ending::diverged ? "diverged" : "finished";
}

// One column of the history of a member, with an element per epoch.
template <class Real>
SEXP history_column(const Member<Real>& member, double feedforward::EpochRecord::*value) {
  std::vector<double> values;
  for (const feedforward::EpochRecord& record : member.state.history) {
    values.push_back(record.*value);
  }
  return new_numbers(values);
}

// NULL for a member that was interrupted, else list(parameters, best_epoch, losses, scores, ending,
// predictions). The losses and scores of all epochs and the predictions (rows, outputs) of the best
// are those for the held-out rows.
template <class Real>
SEXP member_list(Member<Real>& member) {
  if (!member.done) return R_NilValue;
  const feedforward::TrainingState& state = member.state;
  const int rows = static_cast<int>(member.held_out.size());
  Rcpp::NumericMatrix predictions(rows, static_cast<int>(member.network.outputs()));
  write_rows(member.predictions, 0, predictions);
  const std::size_t best = state.best.epoch > 0 ? state.best.epoch : state.epoch;
  return NamedList(6)
      .add("parameters", layer_list(member.network, member.network.parameters()))
      .add("best_epoch", static_cast<double>(best))
      .add("losses", history_column(member, &feedforward::EpochRecord::valid_loss))
      .add("scores", history_column(member, &feedforward::EpochRecord::valid_metric))
      .add("ending", Rf_mkString(ending_of(member.result)))
      .add("predictions", predictions)
      .list();
}

template <class Real>
SEXP train_members_in(const Rcpp::List& data, const Rcpp::List& list, const Rcpp::List& options) {
  RBackend threads(Rcpp::as<std::size_t>(options["threads"]));
  Backend& backend = threads.get();
  std::deque<Member<Real>> members;
  for (R_xlen_t k = 0; k < list.size(); ++k) {
    const Rcpp::List member = list[k];
    members.emplace_back(architecture_of(Rcpp::as<Rcpp::List>(member["network"])));
  }
  const std::size_t outputs = members.at(0).network.outputs();
  const auto targets = make_targets<Real>(backend, data, outputs);
  const Sources<Real> sources = make_sources<Real>(backend, data["x"], data["encodings"]);
  for (R_xlen_t k = 0; k < list.size(); ++k) {
    prepare_member<Real>(list[k], sources, *targets, members[k]);
  }
  RMembersMonitor monitor(options["on_progress"]);
  RMinimizer minimizer;
  feedforward::train_members<Real>(backend, members, monitor, &minimizer);
  return unwinding([&]() -> SEXP {
    const Rcpp::Shield<SEXP> result(Rf_allocVector(VECSXP, list.size()));
    for (std::size_t k = 0; k < members.size(); ++k) {
      SET_VECTOR_ELT(result, k, member_list(members[k]));
    }
    return result;
  });
}

}  // namespace

// Trains networks on parts of the same data: `data` is list(x, y, weights, encodings), and
// R/cross-validation.R describes the members. Throws what with_conditions() lists.
// [[Rcpp::export(rng = false)]]
SEXP train_members_cpp(Rcpp::List data, Rcpp::List members, Rcpp::List options) {
  return with_conditions([&] {
    return Rcpp::as<std::string>(options["precision"]) == "single"
               ? train_members_in<float>(data, members, options)
               : train_members_in<double>(data, members, options);
  });
}
