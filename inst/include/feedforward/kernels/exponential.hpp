// exp() of a whole vector, within 1 ulp or so of the truth. Links and activations are made of it;
// the standard library's exp() takes one number at a time, and differs from system to system.
#ifndef FEEDFORWARD_KERNELS_EXPONENTIAL_HPP
#define FEEDFORWARD_KERNELS_EXPONENTIAL_HPP

#include <limits>

#include "vector.hpp"

namespace feedforward {

// exp(x) = 2^n exp(r), where n is the integer nearest to x / log(2) and |r| <= log(2) / 2.
// exp(r) = 1 + r + r^2 q(r); q interpolates at Chebyshev nodes, which errs by far less
// than the rounding does.
// Nothing but +, -, * and integers, so it becomes whatever vectors the caller is compiled for.
template <class Real>
struct ExpConstants;

template <>
struct ExpConstants<double> {
  static constexpr int mantissa_bits = 52;
  // Adding 1.5 * 2^52 rounds to an integer, and leaves that in the lowest bits.
  static constexpr double rounder = 6755399441055744.0;
  // 1 / log(2)
  static constexpr double per_log2 = 1.4426950408889634;
  // log(2) in two parts; the first has so few digits that n times it is exact.
  static constexpr double log2_high = 6.93147180369123816e-01;
  static constexpr double log2_low = 1.90821492927058770e-10;
  static constexpr double largest = 709.782712893384;     // above, exp(x) overflows
  static constexpr double smallest = -708.3964185322641;  // below, it is denormal: 0
  // From the highest power to the lowest.
  static constexpr double q[] = {2.51004241570050668e-08, 2.76201387197339936e-07,
                                 2.75572683786841924e-06, 2.48015211902177286e-05,
                                 1.98412698631059685e-04, 1.38888889172817938e-03,
                                 8.33333333333005112e-03, 4.16666666666239902e-02,
                                 1.66666666666666685e-01, 5.00000000000000111e-01};
};

// The same for float, whose 23 bits need half as many terms.
template <>
struct ExpConstants<float> {
  static constexpr int mantissa_bits = 23;
  static constexpr float rounder = 12582912.0f;
  static constexpr float per_log2 = 1.44269504f;
  static constexpr float log2_high = 6.93145751953125000e-01f;
  static constexpr float log2_low = 1.42860682030941726e-06f;
  static constexpr float largest = 88.7228394f;
  static constexpr float smallest = -87.3365402f;
  static constexpr float q[] = {1.39262134663324438e-03f, 8.36320297157585463e-03f,
                                4.16665544376859376e-02f, 1.66665768459939773e-01f,
                                5.00000000000000000e-01f};
};

// x becomes exp(x). Infinities and NaN come out right; results too small for a normal
// number become 0.
template <class V>
FEEDFORWARD_INLINE void exponential(V& x) {
  using Real = LaneOf<V>;
  using Constants = ExpConstants<Real>;
  const V shifted = x * Constants::per_log2 + Constants::rounder;
  const V n = shifted - Constants::rounder;
  V r = x - n * Constants::log2_high;
  r = r - n * Constants::log2_low;

  // Horner's rule.
  V q = V{} + Constants::q[0];
  constexpr std::size_t terms = sizeof(Constants::q) / sizeof(Real);
  unroll<terms - 1>([&](auto i) FEEDFORWARD_INLINE_LAMBDA { q = q * r + Constants::q[i + 1]; });
  const V near_one = (q * (r * r) + r) + Real(1);

  // Times 2^n: n, which is in the lowest bits of shifted, is added to the exponent. For
  // arguments out of range that overflows, and is replaced below.
  Vector<Bits<Real>, sizeof(V)> exponent, bits;
  std::memcpy(&exponent, &shifted, sizeof(V));
  std::memcpy(&bits, &near_one, sizeof(V));
  bits += exponent << Constants::mantissa_bits;
  V result;
  std::memcpy(&result, &bits, sizeof(V));

  const V infinity = V{} + std::numeric_limits<Real>::infinity();
  result = x < V{} + Constants::smallest ? V{} : result;
  result = x > V{} + Constants::largest ? infinity : result;
  x = x == x ? result : x;  // NaN stays what it was
}

}  // namespace feedforward

#endif
