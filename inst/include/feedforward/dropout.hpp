// Dropout: units left out at random while a network learns, never while it predicts.
// Srivastava et al. (2014), Journal of Machine Learning Research 15, 1929-1958. The forward pass of
// network.hpp asks it for masks; it must not know where random numbers come from.
#ifndef FEEDFORWARD_DROPOUT_HPP
#define FEEDFORWARD_DROPOUT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

// Used by the calling thread alone, layer by layer: so numbers are drawn in the same order however
// many threads there are.
template <class Real>
class Dropout {
 public:
  // Sets n numbers, each drawn from 0 .. 65535: rates are exact to 1 / 65536, and one draw of R
  // gives two numbers.
  using Draw = std::function<void(std::uint16_t* numbers, std::size_t n)>;

  // rates: the share of units to leave out, from 0 to below 1, per hidden layer; or none at all.
  // Larger values keep the network from learning single observations by heart, and make it learn
  // slower.
  Dropout(std::vector<double> rates, Draw draw)
      : rates_(std::move(rates)), draw_(std::move(draw)) {}

  bool acts() const {
    return std::any_of(rates_.begin(), rates_.end(), [](double rate) { return rate > 0; });
  }
  bool acts_on(std::size_t layer) const { return layer < rates_.size() && rates_[layer] > 0; }

  // mask (units, m): 0 for a unit left out. The others count for more, so that the sum
  // that the next layer sees stays what it is in prediction.
  void fill(std::size_t layer, arma::Mat<Real>& mask) {
    const auto dropped = static_cast<std::uint32_t>(rates_[layer] * 65536);
    const Real kept = static_cast<Real>(65536.0 / (65536.0 - dropped));
    numbers_.resize(mask.n_elem);
    draw_(numbers_.data(), numbers_.size());
    for (std::size_t k = 0; k < numbers_.size(); ++k) mask[k] = numbers_[k] < dropped ? 0 : kept;
  }

 private:
  std::vector<double> rates_;  // (hidden layers), or empty
  Draw draw_;
  std::vector<std::uint16_t> numbers_;  // (units m), kept so that memory is taken once
};

}  // namespace feedforward

#endif
