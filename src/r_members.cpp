// Export of training several networks side by side.

#include "core.h"

#include <algorithm>
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

// The columns of a numeric matrix, in R's memory.
feedforward::ColumnTable columns_of_matrix(SEXP x) {
  const std::size_t n = Rf_nrows(x), inputs = Rf_ncols(x);
  feedforward::ColumnTable table;
  for (std::size_t j = 0; j < inputs; ++j) {
    feedforward::Column column = as_column(x);
    if (column.numbers) column.numbers += j * n;
    if (column.whole) column.whole += j * n;
    table.columns.push_back(column);
  }
  table.n = n;
  return table;
}

const char* ending_of(const feedforward::TrainingResult& result) {
  return result.ending == feedforward::Ending::diverged ? "diverged" : "finished";
}

// One column of the history of a member, with an element per epoch.
template <class Real>
SEXP history_column(const Member<Real>& member, double feedforward::EpochRecord::*value) {
  const std::vector<feedforward::EpochRecord>& history = member.state.history;
  const SEXP values = Rf_allocVector(REALSXP, history.size());
  std::transform(history.begin(), history.end(), REAL(values),
                 [&](const feedforward::EpochRecord& record) { return record.*value; });
  return values;
}

// NULL for a member that was interrupted, else list(parameters, best_epoch, losses, scores, ending,
// predictions). The losses and scores of all epochs and the predictions (rows, outputs) of the best
// are those for the held-out rows.
template <class Real>
SEXP member_list(Member<Real>& member) {
  if (!member.done) return R_NilValue;
  const feedforward::TrainingState& state = member.state;
  const int rows = static_cast<int>(member.held_out.size());
  const int outputs = static_cast<int>(member.network.outputs());
  const Rcpp::Shield<SEXP> predictions(Rf_allocMatrix(REALSXP, rows, outputs));
  write_rows(member.predictions, 0, REAL(predictions), rows);
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

// Asks R whether to stop, and tells R functions how many epochs are done and which members.
template <class Real>
class RMembersMonitor : public feedforward::MembersMonitor {
 public:
  // options: on_progress, an R function of the number of epochs; on_done, one of the number of a
  // member and its result, called once each. Both may be NULL. They return NULL, or anything else
  // to stop all training.
  RMembersMonitor(const Rcpp::List& options, std::deque<Member<Real>>& members)
      : on_progress_(options["on_progress"]), on_done_(options["on_done"]), members_(members) {}

  bool stop(std::size_t epochs) override {
    if (!seldom_.is_due()) return asked_;
    tell([&] {
      ask_r();
      if (Rf_isNull(on_progress_)) return R_NilValue;
      const Rcpp::Shield<SEXP> done(Rf_ScalarReal(static_cast<double>(epochs)));
      const Rcpp::Shield<SEXP> call(Rf_lang2(on_progress_, done));
      return Rf_eval(call, R_BaseEnv);
    });
    if (!Rf_isNull(on_done_)) hand_over();
    return asked_;
  }

 private:
  template <class F>
  void tell(F f) {
    SEXP value;
    asked_ = asked_ || !completes(f, value) || !Rf_isNull(value);
  }

  void hand_over() {
    told_.resize(members_.size());
    for (std::size_t k = 0; k < members_.size(); ++k) {
      if (told_[k] || !members_[k].done) continue;
      told_[k] = true;
      tell([&] {
        const Rcpp::Shield<SEXP> number(Rf_ScalarInteger(static_cast<int>(k) + 1));
        const Rcpp::Shield<SEXP> result(member_list(members_[k]));
        const Rcpp::Shield<SEXP> call(Rf_lang3(on_done_, number, result));
        return Rf_eval(call, R_BaseEnv);
      });
    }
  }

  SEXP on_progress_, on_done_;
  std::deque<Member<Real>>& members_;
  std::vector<bool> told_;  // of each member
  Seldom seldom_;
  bool asked_ = false;
};

// Everything that members learn from and that R's memory is needed for, before there is any thread:
// see Setup in r_train.cpp.
template <class Real>
struct MembersSetup {
  MembersSetup(const Rcpp::List& given, const Rcpp::List& list, const Rcpp::List& options)
      : data(given), monitor(options, members), threads(Rcpp::as<std::size_t>(options["threads"])) {
    unwinding([&] { write_out(data); });
    const SEXP x = data["x"];
    // Sparse matrices and bytes are used as they are.
    if (TYPEOF(x) != S4SXP && TYPEOF(x) != RAWSXP) read_encodings(x, data["encodings"]);
    for (R_xlen_t k = 0; k < list.size(); ++k) read_member(list[k]);
  }

  const Rcpp::List& data;
  RMembersMonitor<Real> monitor;
  const std::size_t threads;
  feedforward::ColumnTable table;
  std::vector<std::shared_ptr<const feedforward::Encoding>> encodings;  // of the table, or none
  std::deque<Member<Real>> members;
  std::vector<std::size_t> encoding_of;  // of each member

 private:
  // All encodings agree on which columns may have missing numbers.
  void read_encodings(SEXP x, const Rcpp::List& list) {
    const bool is_list = TYPEOF(x) == VECSXP;
    Rcpp::IntegerVector levels(is_list ? 0 : Rf_ncols(x));
    if (is_list) levels = Rcpp::List(x)["levels"];
    for (R_xlen_t k = 0; k < list.size(); ++k) encodings.push_back(as_encoding(levels, list[k]));
    table = is_list ? as_column_table(x) : columns_of_matrix(x);
    table.encoding = encodings.at(0);
    table.inputs = table.encoding->inputs();
  }

  // list(network, options, encoding, rows, held_out, seed), where `encoding` is the 1-based number
  // of an encoding.
  void read_member(const Rcpp::List& list) {
    const Rcpp::List network = list["network"], options = list["options"];
    members.emplace_back(architecture_of(network));
    Member<Real>& member = members.back();
    assign_parameters(network, member.network);
    member.rows = as_rows(list["rows"], 0);
    member.held_out = as_rows(list["held_out"], 0);
    member.options = training_options(options);
    member.batch_size = Rcpp::as<std::size_t>(options["batch_size"]);
    member.dropout = dropout_of(network);
    member.seed = Rcpp::as<std::uint32_t>(list["seed"]);
    encoding_of.push_back(Rcpp::as<std::size_t>(list["encoding"]) - 1);
  }
};

// A source for each encoding, all of one copy of the data.
template <class Real>
std::vector<std::unique_ptr<Source<Real>>> make_sources(Backend& backend,
                                                        const MembersSetup<Real>& setup) {
  std::vector<std::unique_ptr<Source<Real>>> sources;
  if (setup.encodings.empty()) {
    sources.push_back(visit_table(setup.data["x"], [&](const auto& table) {
      return feedforward::make_source<Real>(backend, table, feedforward::Standardization());
    }));
    return sources;
  }
  const auto store = std::make_shared<const feedforward::ColumnStore>(backend, setup.table);
  for (const auto& encoding : setup.encodings) {
    sources.push_back(std::make_unique<feedforward::Encoded<Real>>(store, encoding));
  }
  return sources;
}

template <class Real>
SEXP train_members_in(const Rcpp::List& data, const Rcpp::List& list, const Rcpp::List& options) {
  MembersSetup<Real> setup(data, list, options);
  {
    RBackend threads(setup.threads);
    Backend& backend = threads.get();
    const auto targets = make_targets<Real>(backend, data, setup.members.at(0).network.outputs());
    const auto sources = make_sources<Real>(backend, setup);
    for (std::size_t k = 0; k < setup.members.size(); ++k) {
      Member<Real>& member = setup.members[k];
      // One source without encodings serves all.
      member.source = sources.at(setup.encodings.empty() ? 0 : setup.encoding_of[k]).get();
      member.targets = targets.get();
      if (member.source->inputs() != member.network.inputs(0)) {
        Rcpp::stop("the network of a member has other inputs than its encoding");
      }
    }
    RMinimizer minimizer;
    feedforward::train_members<Real>(backend, setup.members, setup.monitor, &minimizer);
  }
  return unwinding([&]() -> SEXP {
    const Rcpp::Shield<SEXP> result(Rf_allocVector(VECSXP, setup.members.size()));
    for (std::size_t k = 0; k < setup.members.size(); ++k) {
      SET_VECTOR_ELT(result, k, member_list(setup.members[k]));
    }
    return result;
  });
}

}  // namespace

// Trains networks on parts of the same data: `data` is list(x, y, weights, encodings), and
// R/cv-fit.R describes the members. Throws what with_conditions() lists.
// [[Rcpp::export(rng = false)]]
SEXP train_members_cpp(Rcpp::List data, Rcpp::List members, Rcpp::List options) {
  return with_conditions([&] {
    return Rcpp::as<std::string>(options["precision"]) == "single"
               ? train_members_in<float>(data, members, options)
               : train_members_in<double>(data, members, options);
  });
}
