// The loss of a network on given observations, and its gradient: what every way of training
// and every validation asks for. It brings source, targets and network together, and must not know
// what is done with the gradient: no penalty, no rate, no epochs.
#ifndef FEEDFORWARD_OBJECTIVE_HPP
#define FEEDFORWARD_OBJECTIVE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "monitor.hpp"
#include "network.hpp"
#include "source.hpp"
#include "targets.hpp"

namespace feedforward {

// Summed over observations, each times its weight. Sums and not means, so that slices and batches
// can be added.
struct Sums {
  double loss = 0;    // without penalty
  double score = 0;   // right classes or labels, or squared errors: what people read
  double weight = 0;  // how many observations there were, if none has a weight

  double mean_loss() const { return loss / weight; }
  double mean_score() const { return score / weight; }
};

// Observations and what the network should say to them.
template <class Real>
struct Examples {
  std::unique_ptr<Source<Real>> source;
  std::unique_ptr<Targets<Real>> targets;

  std::size_t size() const { return targets->size(); }

  // Puts them into another order, if the source can do so; see Source::arrange(). False if not.
  bool arrange(Backend& backend, const std::vector<std::uint32_t>& order) {
    if (!source->arrange(backend, order)) return false;
    targets->arrange(order);
    return true;
  }
};

// One for training and one for validation, as each keeps the batch and the pass it is working on.
// All that it is made of belongs to the caller. Used by one thread, which may have others in its
// backend.
template <class Real>
class Objective {
 public:
  // dropout: a null pointer to leave no units out
  Objective(Backend& backend, const NetworkView<Real>& network, const Source<Real>& X,
            const Targets<Real>& targets, Dropout<Real>* dropout = nullptr)
      : Objective(backend, network, dropout) {
    X_ = &X;
    targets_ = &targets;
  }

  // Without data so far: look_at() must come before all else.
  Objective(Backend& backend, const NetworkView<Real>& network, Dropout<Real>* dropout = nullptr)
      : backend_(backend), network_(network), dropout_(dropout) {}

  // From now on, samples are observations of these examples.
  void look_at(const Examples<Real>& examples) {
    X_ = examples.source.get();
    targets_ = examples.targets.get();
  }

  Backend& backend() { return backend_; }

  // Observations are passed through in slices that take about a tenth of a second at most,
  // so that an interrupt is answered in time however many there are, and that need no more
  // than a little memory beside the data. The size follows from the network alone, so the order of
  // sums is the same on every machine. An activation counts as 50 multiplications.
  std::size_t slice_size() const {
    constexpr double multiplications = 2.5e8, of_value = 50;
    double work = static_cast<double>(network_.parameter_count());
    work += of_value * static_cast<double>(network_.inputs(0));
    for (std::size_t layer = 0; layer < network_.layers(); ++layer) {
      work += of_value * static_cast<double>(network_.units(layer));
    }
    return static_cast<std::size_t>(std::clamp(multiplications / work, 32.0, 8192.0));
  }

  // Adds the loss and the score of observations samples[0 .. m) to sums. False if `stop`, asked
  // before every slice, ended it before; sums are then of no use.
  bool evaluate(const std::uint32_t* samples, std::size_t m, const StopQuestion& stop, Sums& sums) {
    // Larger slices would only leave the cache.
    const std::size_t most = std::min<std::size_t>(slice_size(), 512);
    for (std::size_t first = 0; first < m; first += most) {
      if (stop()) return false;
      forward_slice(samples + first, std::min(most, m - first), sums);
    }
    return true;
  }

  // The same, and target (parameters) = keep * target + scale * (gradient of the summed loss). The
  // target can be the network's own parameters if m is at most slice_size(): see backward().
  bool add_gradient(const std::uint32_t* samples, std::size_t m, double scale, double keep,
                    const StopQuestion& stop, Sums& sums, arma::Col<Real>& target) {
    if (m == 0) {
      if (keep == 0) target.zeros();
      return !stop();
    }
    for (std::size_t first = 0; first < m; first += slice_size()) {
      if (stop()) return false;
      forward_slice(samples + first, std::min(slice_size(), m - first), sums);
      backward(backend_, network_, Xb_, Yb_, static_cast<Real>(scale),
               static_cast<Real>(first == 0 ? keep : 1), pass_, target);
    }
    return true;
  }

 private:
  // The data of some observations, their predictions, and what these cost.
  void forward_slice(const std::uint32_t* samples, std::size_t m, Sums& sums) {
    X_->gather(backend_, samples, m, Xb_);
    targets_->gather(samples, m, Yb_);
    forward(backend_, network_, Xb_, pass_, dropout_);
    const Real* weights = Yb_.weights_or_null();
    const Loss<Real>& loss = network_.loss();
    sums.loss += loss.total(Yb_.Y, pass_.predictions(), weights);
    sums.score += loss.score(Yb_.Y, pass_.predictions(), weights);
    sums.weight = std::accumulate(Yb_.weights.begin(), Yb_.weights.end(),
                                  sums.weight + static_cast<double>(weights ? 0 : m));
  }

  Backend& backend_;
  const NetworkView<Real>& network_;
  const Source<Real>* X_ = nullptr;
  const Targets<Real>* targets_ = nullptr;
  Dropout<Real>* dropout_;
  Pass<Real> pass_;
  Batch<Real> Xb_;
  TargetBatch<Real> Yb_;
};

}  // namespace feedforward

#endif
