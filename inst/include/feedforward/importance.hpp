// Permutation importance: how much worse predictions get if one column takes the values of other
// observations. Breiman (2001), doi:10.1023/A:1010933404324
//
// The data are not copied. The logits Z1 of the first layer are computed once for some observations
// at a time. For a permuted column, only its own inputs are added to them, and only for
// observations whose value really changes: all others keep their predictions.
#ifndef FEEDFORWARD_IMPORTANCE_HPP
#define FEEDFORWARD_IMPORTANCE_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "aligned.hpp"
#include "chunks.hpp"
#include "exchange.hpp"
#include "network.hpp"
#include "targets.hpp"

namespace feedforward {

// One of the networks whose weighted predictions are averaged, with the table it reads. Tables of
// different networks have the same observations and columns, but may encode them differently.
template <class Real>
struct WeightedNetwork {
  NetworkView<Real> network;
  Real weight;
  std::unique_ptr<Reader<Real>> reader;
  std::unique_ptr<Exchange<Real>> exchange;
};

// What is asked for.
template <class Real>
struct PermutationTask {
  std::vector<WeightedNetwork<Real>> networks;  // at least one
  std::unique_ptr<Targets<Real>> targets;
  // The summed score of predictions A for targets Y (outputs, m), each observation times its
  // weight (m), or a null pointer.
  std::function<double(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights)>
      judge;
  std::vector<const int*> permutations;  // each (n), of 1 .. n

  std::size_t size() const { return targets->size(); }
  std::size_t columns() const { return networks[0].exchange->columns(); }
};

// Sums over observations.
struct PermutationScores {
  double baseline = 0;
  // (columns, permutations): by how much the baseline changes if the column is permuted.
  arma::mat changes;
};

// Works on some observations after the other. Each thread has its own.
template <class Real>
class Permuter {
 public:
  explicit Permuter(const PermutationTask<Real>& task) : task_(task), parts_(task.networks.size()) {
    std::size_t units = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k].reader = task.networks[k].reader->copy();
      parts_[k].exchange = task.networks[k].exchange->copy();
      units += task.networks[k].network.units(0);
    }
    // As many rows as keep Z1 in the cache; but more if it takes long to look at a column.
    constexpr std::size_t numbers = std::size_t(1) << 15;
    const std::size_t values = std::max<std::size_t>(task.permutations.size(), 1);
    const std::size_t rows = std::max(numbers / units, parts_[0].exchange->cost_of_look() / values);
    most_rows_ = rows_per_chunk * std::clamp<std::size_t>(rows / rows_per_chunk, 1, 32);
  }

  // Adds the scores of the observations in `rows` to `scores`. False if stop() said so.
  template <class Stop>
  bool add(Backend& own, Range rows, PermutationScores& scores, Stop&& stop) {
    for (std::size_t first = rows.begin; first < rows.end; first += most_rows_) {
      const Range piece = {first, std::min(first + most_rows_, rows.end)};
      scores.baseline += read(own, piece);
      for (std::size_t column = 0; column < task_.columns(); ++column) {
        for (Part& part : parts_) part.exchange->look_at(column);
        for (std::size_t k = 0; k < task_.permutations.size(); ++k) {
          if (stop()) return false;
          scores.changes(column, k) += change(own, piece, task_.permutations[k]);
        }
      }
    }
    return true;
  }

 private:
  // What belongs to one network.
  struct Part {
    std::unique_ptr<Reader<Real>> reader;
    std::unique_ptr<Exchange<Real>> exchange;
    AlignedMatrix<Real> Z1;              // (units, rows), logits of the first layer
    std::vector<AlignedMatrix<Real>> A;  // by layer (units, m)
    SparseRows<Real> changes;            // of the inputs, for m observations
  };

  // Computes Z1 and the score of each observation in the piece. Returns the sum of the scores.
  double read(Backend& own, Range piece) {
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k].Z1.set_size(task_.networks[k].network.units(0), piece.size());
    }
    score_.resize(piece.size());
    double sum = 0;
    for (std::size_t first = piece.begin; first < piece.end; first += rows_per_chunk) {
      const Range rows = {first, std::min(first + rows_per_chunk, piece.end)};
      const arma::Mat<Real>& predictions = read_chunk(own, rows, rows.begin - piece.begin);
      gather(rows);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        sum += score_[first - piece.begin + i] = judge_one(predictions, i);
      }
    }
    return sum;
  }

  // Predictions (outputs, m) of the observations in `rows`, the first of which is number `at` of
  // the piece.
  const arma::Mat<Real>& read_chunk(Backend& own, Range rows, std::size_t at) {
    return average(own, rows.size(), [&](std::size_t k, arma::Mat<Real>& Z) {
      const NetworkView<Real>& network = task_.networks[k].network;
      logits(own, network, 0, parts_[k].reader->read(own, rows), Z);
      std::copy(Z.begin(), Z.end(), parts_[k].Z1.mat().colptr(at));
    });
  }

  // By how much the summed score of the piece changes.
  double change(Backend& own, Range piece, const int* partners) {
    changed_.clear();
    const std::size_t n = piece.size();
    parts_[0].exchange->find_changed(piece.begin, n, partners + piece.begin, changed_);
    double sum = 0;
    for (std::size_t first = 0; first < changed_.size(); first += rows_per_chunk) {
      const std::size_t m = std::min(rows_per_chunk, changed_.size() - first);
      sum += change_of(own, piece, changed_.data() + first, m, partners);
    }
    return sum;
  }

  // The same for the m observations which[0 .. m).
  double change_of(Backend& own, Range piece, const std::uint32_t* which, std::size_t m,
                   const int* partners) {
    at_.resize(m);
    double before = 0;
    for (std::size_t i = 0; i < m; ++i) {
      at_[i] = which[i] - static_cast<std::uint32_t>(piece.begin);
      before += score_[at_[i]];
    }
    const arma::Mat<Real>& predictions = average(own, m, [&](std::size_t k, arma::Mat<Real>& Z) {
      Part& part = parts_[k];
      part.exchange->find_changes(which, m, partners, part.changes);
      change_affine(own, task_.networks[k].network.weights(0), part.Z1.mat(), at_.data(),
                    part.changes, Z);
    });
    task_.targets->gather(which, m, targets_);
    return task_.judge(targets_.Y, predictions, targets_.weights_or_null()) - before;
  }

  // The weighted mean of the networks' predictions (outputs, m). fill(k, Z) computes the logits Z
  // (units, m) of network k's first layer.
  template <class Fill>
  const arma::Mat<Real>& average(Backend& own, std::size_t m, Fill&& fill) {
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      const WeightedNetwork<Real>& from = task_.networks[k];
      std::vector<AlignedMatrix<Real>>& A = parts_[k].A;
      A.resize(from.network.layers());
      for (std::size_t layer = 0; layer < from.network.layers(); ++layer) {
        arma::Mat<Real>& here = A[layer].set_size(from.network.units(layer), m);
        if (layer == 0)
          fill(k, here);
        else
          logits(own, from.network, layer, A[layer - 1].mat(), here);
        activate(own, from.network, layer, here);
      }
      const arma::Mat<Real>& predictions = A.back().mat();
      if (parts_.size() == 1) return predictions;
      arma::Mat<Real>& mean = mean_.set_size(predictions.n_rows, m);
      if (k == 0) mean.zeros();
      mean += from.weight * predictions;
    }
    return mean_.mat();
  }

  void gather(Range rows) {
    at_.resize(rows.size());
    std::iota(at_.begin(), at_.end(), static_cast<std::uint32_t>(rows.begin));
    task_.targets->gather(at_.data(), at_.size(), targets_);
  }

  // The score of one observation of a batch.
  double judge_one(const arma::Mat<Real>& predictions, std::size_t i) {
    const std::size_t outputs = predictions.n_rows;
    const arma::Mat<Real> y(targets_.Y.colptr(i), outputs, 1, false, true);
    const arma::Mat<Real> a(const_cast<Real*>(predictions.colptr(i)), outputs, 1, false, true);
    const Real* weights = targets_.weights_or_null();
    return task_.judge(y, a, weights ? weights + i : nullptr);
  }

  const PermutationTask<Real>& task_;
  std::vector<Part> parts_;  // one for each network
  std::size_t most_rows_;    // in a piece
  AlignedMatrix<Real> mean_;
  TargetBatch<Real> targets_;
  std::vector<double> score_;           // (rows of the piece), before a column is permuted
  std::vector<std::uint32_t> changed_;  // observations
  std::vector<std::uint32_t> at_;       // the same, counted from the first one of the piece
};

// The scores of all columns and permutations. `stop` is asked by the calling thread only, because
// it may run R code; true ends the work, and then the result is of no use. Throws NotFinite.
//
// Threads take segments of the observations, and the sums of segments are added in their order. The
// number of segments depends only on n, so the result is the same for any number of threads.
template <class Real>
PermutationScores permutation_scores(Backend& backend, const PermutationTask<Real>& task,
                                     const std::function<bool()>& stop) {
  constexpr std::size_t most_segments = 32;
  const std::size_t n = task.size();
  const std::size_t segments =
      std::clamp<std::size_t>((n + rows_per_chunk - 1) / rows_per_chunk, 1, most_segments);
  std::vector<PermutationScores> sums(segments);
  for (PermutationScores& each : sums) {
    each.changes.zeros(task.columns(), task.permutations.size());
  }
  std::atomic<bool> stopped{false};
  std::atomic<std::size_t> next{0}, finished{0};
  backend.team().run([&](std::size_t thread) {
    try {
      Backend own(1, backend.isa());
      Permuter<Real> permuter(task);
      for (std::size_t k = next++; k < segments && !stopped; k = next++) {
        const Range rows = share_of(n, rows_per_chunk, k, segments);
        permuter.add(own, rows, sums[k], [&] {
          if (thread == 0 && stop()) stopped = true;
          return stopped.load();
        });
        ++finished;
      }
      // Other threads may take seconds for their last segments.
      while (thread == 0 && finished < segments && !stopped) {
        if (stop()) stopped = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    } catch (...) {
      stopped = true;
      throw;
    }
  });
  for (std::size_t k = 1; k < segments; ++k) {
    sums[0].baseline += sums[k].baseline;
    sums[0].changes += sums[k].changes;
  }
  return std::move(sums[0]);
}

}  // namespace feedforward

#endif
