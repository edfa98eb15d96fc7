// How optimizers and penalties move parameters: rules for one element, which dispatch.hpp's map()
// carries through whole vectors. optimizer.hpp and penalty.hpp choose a rule and its constants; a
// rule must not know which parameter it moves, nor which step it is.
//
// A rule takes what is given first and what it changes after that: the parameter (or gradient),
// then what the optimizer remembers of earlier steps.
#ifndef FEEDFORWARD_KERNELS_DESCENT_HPP
#define FEEDFORWARD_KERNELS_DESCENT_HPP

#include "dispatch.hpp"
#include "root.hpp"

namespace feedforward {

// Heavy-ball momentum: velocity = momentum * velocity + gradient.
template <class Real>
struct MomentumRule {
  Real rate, momentum;
  bool nesterov;  // steps from where the velocity will have led

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& velocity) const {
    velocity = velocity * momentum + g;
    p -= (nesterov ? velocity * momentum + g : velocity) * rate;
  }

  // Where nothing is remembered, each step is the first.
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p) const {
    V velocity{};
    (*this)(g, p, velocity);
  }
};

// Steps measured against the typical size of each parameter's gradients.
template <class Real>
struct RmsPropRule {
  Real rate, gain, epsilon;  // gain: 1 - decay, which near 0 has more digits than decay

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& square) const {
    square += (g * g - square) * gain;
    V root = square;
    square_root(root);
    p -= g * rate / (root + epsilon);
  }
};

// Both: first and second moments, each corrected for its start at 0.
template <class Real>
struct AdamRule {
  Real rate, gain1, gain2, epsilon;  // gain: 1 - beta
  Real correction1, correction2;     // 1 / (1 - beta^steps)

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& mean, V& square) const {
    mean += (g - mean) * gain1;
    square += (g * g - square) * gain2;
    V root = square * correction2;
    square_root(root);
    p -= mean * (rate * correction1) / (root + epsilon);
  }
};

// The gradient g += the derivative of penalty (mixture |w| + (1 - mixture) w^2 / 2). At w = 0,
// where |w| has none, it adds 0: a weight that is 0 can stay there.
template <class Real>
struct PenaltyRule {
  Real l1, l2;

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& w, V& g) const {
    const V sign = w > 0 ? V{} + l1 : (w < 0 ? V{} - l1 : V{});
    g += w * l2 + sign;
  }
};

// w *= keep
template <class Real>
struct ShrinkRule {
  Real keep;

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& w) const {
    w *= keep;
  }
};

}  // namespace feedforward

#endif
