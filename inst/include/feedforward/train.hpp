// Mini-batch gradient descent: epoch -> batch -> forward -> loss -> backward -> step.
#ifndef FEEDFORWARD_TRAIN_HPP
#define FEEDFORWARD_TRAIN_HPP

#include <algorithm>
#include <cstddef>
#include <vector>

#include "monitor.hpp"
#include "network.hpp"
#include "sampler.hpp"
#include "source.hpp"

namespace feedforward {

struct TrainingOptions {
  double learn_rate = 0.1;  // step per batch; larger learns faster until it diverges
  std::size_t epochs = 20;  // passes over the data
};

// How far training came: all epochs done, or stopped within a batch (counted from 1).
struct TrainingResult {
  std::vector<double> loss;  // per finished epoch
  bool stopped = false;
  std::size_t epoch = 0;
  std::size_t batch = 0;
};

// Steps a network along the gradient of its loss, batch by batch.
template <class Real, class Inputs>
class Trainer {
 public:
  Trainer(const Backend& backend, Network<Real>& network, const Inputs& X, const Dense<Real>& Y,
          double learn_rate)
      : backend_(backend), network_(network), X_(X), Y_(Y), learn_rate_(learn_rate) {}

  // One step on m observations. False if `stop` asked for an end: then nothing moved.
  template <class Stop>
  bool step(const std::uint32_t* samples, std::size_t m, Stop stop) {
    loss_ = 0;
    const Real rate = static_cast<Real>(-learn_rate_ / m);
    if (m <= slice_size()) {
      if (stop()) return false;
      pass_through(samples, m, rate, network_.parameters());
      return true;
    }
    gradient_.zeros(network_.parameter_count());
    for (std::size_t first = 0; first < m; first += slice_size()) {
      if (stop()) return false;
      pass_through(samples + first, std::min(slice_size(), m - first), rate, gradient_);
    }
    network_.parameters() += gradient_;
    return true;
  }

  // Summed over the observations of the last step, before it.
  double loss() const { return loss_; }

 private:
  // A batch is passed through in slices that take about a tenth of a second at most, so
  // that an interrupt is answered in time however large the batch.
  std::size_t slice_size() const {
    constexpr double multiplications = 2.5e8;
    const double rows = multiplications / static_cast<double>(network_.parameter_count());
    return static_cast<std::size_t>(std::max(rows, 32.0));
  }

  // target += rate * gradient; for one slice the target may be the parameters themselves.
  void pass_through(const std::uint32_t* samples, std::size_t m, Real rate,
                    arma::Col<Real>& target) {
    X_.gather(samples, m, Xb_);
    Y_.gather(samples, m, Yb_);
    forward(backend_, network_, Xb_, pass_);
    loss_ += network_.loss().total(Yb_, pass_.predictions());
    backward(backend_, network_, Xb_, Yb_, rate, Real(1), pass_, target);
  }

  const Backend& backend_;
  Network<Real>& network_;
  const Inputs& X_;
  const Dense<Real>& Y_;
  const double learn_rate_;
  double loss_ = 0;
  Pass<Real> pass_;
  typename Inputs::Batch Xb_{};
  typename Dense<Real>::Batch Yb_;
  arma::Col<Real> gradient_;
};

// X: a source of inputs, Y: a source of targets, observation by observation.
template <class Real, class Inputs>
TrainingResult train(const Backend& backend, Network<Real>& network, const Inputs& X,
                     const Dense<Real>& Y, Sampler& sampler, const TrainingOptions& options,
                     Monitor& monitor) {
  TrainingResult result;
  Trainer<Real, Inputs> trainer(backend, network, X, Y, options.learn_rate);
  for (result.epoch = 1; result.epoch <= options.epochs; ++result.epoch) {
    sampler.shuffle();
    double sum_of_losses = 0;
    for (result.batch = 1; result.batch <= sampler.batches(); ++result.batch) {
      const std::size_t m = sampler.size(result.batch - 1);
      const auto stop = [&] { return monitor.stop(result.epoch, result.batch); };
      result.stopped = !trainer.step(sampler.samples(result.batch - 1), m, stop);
      if (result.stopped) return result;
      sum_of_losses += trainer.loss() / m;
    }
    result.loss.push_back(sum_of_losses / sampler.batches());
    monitor.epoch_done(result.epoch, result.loss.back());
  }
  return result;
}

}  // namespace feedforward

#endif
