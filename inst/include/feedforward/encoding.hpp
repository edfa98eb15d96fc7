// How the columns of a table become inputs of a network: one number or one level at a time. The
// encoding belongs to the model, so that training and prediction encode alike. It knows nothing
// of where the values come from, or of batches.
#ifndef FEEDFORWARD_ENCODING_HPP
#define FEEDFORWARD_ENCODING_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace feedforward {

// How one column is encoded. A column of levels becomes one input per level: 1 for the level of
// the observation, else 0. A column of numbers becomes the scaled number, then one input per
// interval between knots, then the indicator of missing values.
struct ColumnEncoding {
  std::size_t levels = 0;  // 0 for a column of numbers; the other fields are ignored for levels

  // A number x is scaled to z = (x - center) * factor, in double, because single precision has
  // no digits for what varies little about a large mean.
  double center = 0, factor = 1;

  // Whether z becomes z / sqrt(1 + (z / 3)^2). This keeps z almost as it is near 0 and within
  // -3 .. 3 everywhere, so outliers have a bounded effect.
  bool clips = false;

  // Rising. Between two neighbors, an input rises from 0 to 1. More knots follow finer detail
  // and need more data. Gorishniy et al. (2022), doi:10.48550/arXiv.2203.05556
  std::vector<double> knots;

  // Whether a last input is 1 where the number is missing, and 0 elsewhere. A missing number is
  // encoded as the center.
  bool indicates_missing = false;

  std::size_t intervals() const { return knots.size() < 2 ? 0 : knots.size() - 1; }
  std::size_t inputs() const {
    return levels > 0 ? levels : 1 + intervals() + (indicates_missing ? 1 : 0);
  }
};

// Calls put(k, value) for the inputs k = 0, 1, ... of a number, `encoding.inputs()` of them.
template <class Real, class Put>
void encode_number(const ColumnEncoding& encoding, double x, Put&& put) {
  const bool missing = encoding.indicates_missing && std::isnan(x);
  if (missing) x = encoding.center;
  double z = (x - encoding.center) * encoding.factor;
  // Beyond 1e100, the square could overflow, and the result is 3 in every digit.
  if (encoding.clips) z = std::abs(z) < 1e100 ? z / std::sqrt(1 + z * z / 9) : std::copysign(3, z);
  put(0, static_cast<Real>(z));
  const std::size_t intervals = encoding.intervals();
  for (std::size_t k = 0; k < intervals; ++k) {
    const double from = encoding.knots[k], to = encoding.knots[k + 1];
    put(1 + k, static_cast<Real>(std::clamp((x - from) / (to - from), 0.0, 1.0)));
  }
  if (encoding.indicates_missing) put(1 + intervals, static_cast<Real>(missing));
}

// How all columns of a table are encoded.
struct Encoding {
  std::vector<ColumnEncoding> columns;

  std::size_t inputs() const {
    std::size_t sum = 0;
    for (const ColumnEncoding& column : columns) sum += column.inputs();
    return sum;
  }

  // How many inputs of an observation are not 0, at most.
  std::size_t nonzeros() const {
    std::size_t sum = 0;
    for (const ColumnEncoding& column : columns) sum += column.levels > 0 ? 1 : column.inputs();
    return sum;
  }
};

}  // namespace feedforward

#endif
