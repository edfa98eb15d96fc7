// Export of distorting images. The core's warp.hpp does the work on one image of doubles; here it
// meets R's types, R's order of memory, and R's interrupts.

#include <Rcpp.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include <feedforward/warp.hpp>

#include "r_interrupt.h"
#include "r_unwind.h"

namespace {

using feedforward::Distortion;
using feedforward::ImageSize;

// Where pixel (r, c) of image i lies: at i + r * row + c * column.
struct Strides {
  std::size_t row, column;
};

// In R's order, neighbors in memory belong to different images. So blocks of images are copied
// together. Returns how many of n images, of which a block takes at most 8 MB or is one image.
std::size_t block_of(std::size_t n, std::size_t pixels) {
  const std::size_t most = std::min<std::size_t>(32, (std::size_t{1} << 20) / pixels);
  return std::max<std::size_t>(1, std::min(most, n));
}

template <class Value>
void gather(const Value* x, std::size_t m, ImageSize size, Strides strides, double* images) {
  const std::size_t pixels = size.height * size.width;
  for (std::size_t r = 0; r < size.height; ++r) {
    for (std::size_t c = 0; c < size.width; ++c) {
      const Value* from = x + r * strides.row + c * strides.column;
      double* to = images + r * size.width + c;
      for (std::size_t i = 0; i < m; ++i) to[i * pixels] = static_cast<double>(from[i]);
    }
  }
}

// Whole numbers are rounded. A mean of pixels is never beyond them.
template <class Value>
Value as_pixel(double value) {
  return static_cast<Value>(std::is_integral<Value>::value ? std::floor(value + 0.5) : value);
}

template <class Value>
void scatter(const double* images, std::size_t m, ImageSize size, Strides strides, Value* x) {
  const std::size_t pixels = size.height * size.width;
  for (std::size_t r = 0; r < size.height; ++r) {
    for (std::size_t c = 0; c < size.width; ++c) {
      Value* to = x + r * strides.row + c * strides.column;
      const double* from = images + r * size.width + c;
      for (std::size_t i = 0; i < m; ++i) to[i] = as_pixel<Value>(from[i * pixels]);
    }
  }
}

// by: a column of distort_images_cpp()
Distortion distortion_of(const double* by) { return {by[0], by[1], by[2], by[3], by[4]}; }

// x: n images; to: n * copies images, first all of them once, then all again.
template <class Value>
void distort_all(const Value* x, std::size_t n, std::size_t copies, ImageSize size, bool by_row,
                 const double* by, Value* to) {
  const std::size_t pixels = size.height * size.width, all = n * copies;
  const std::size_t block = block_of(n, pixels);
  const auto strides = [&](std::size_t images) {
    return by_row ? Strides{images * size.width, images} : Strides{images, images * size.height};
  };
  std::vector<double> from(block * pixels), result(block * pixels), scratch(pixels);
  InterruptThrown interrupted;
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t m = std::min(block, n - first);
    gather(x + first, m, size, strides(n), from.data());
    for (std::size_t copy = 0; copy < copies; ++copy) {
      interrupted();
      const std::size_t place = copy * n + first;
      for (std::size_t i = 0; i < m; ++i) {
        feedforward::distort(&from[i * pixels], size, distortion_of(by + 5 * (place + i)),
                             scratch.data(), &result[i * pixels]);
      }
      scatter(result.data(), m, size, strides(all), to + place);
    }
  }
}

}  // namespace

// Images x (n x height x width, or n x pixels line by line) distorted by the columns of `by`, one
// for each image of the result: angle, pixels down and to the right, factor, thickness. There are
// as many copies as `by` has columns for. `dim` are the dimensions of the result, `size` is
// c(height, width). R has checked that all of them fit.
// [[Rcpp::export(rng = false)]]
SEXP distort_images_cpp(SEXP x, Rcpp::IntegerVector size, Rcpp::NumericMatrix by, SEXP dim) {
  const ImageSize each = {static_cast<std::size_t>(size[0]), static_cast<std::size_t>(size[1])};
  const std::size_t pixels = each.height * each.width, n = Rf_xlength(x) / pixels;
  const std::size_t all = by.ncol(), copies = n > 0 ? all / n : 0;
  const bool by_row = Rf_xlength(dim) == 2;
  const Rcpp::Shield<SEXP> result(
      unwinding([&] { return Rf_allocVector(TYPEOF(x), static_cast<R_xlen_t>(all * pixels)); }));
  switch (TYPEOF(x)) {
    case REALSXP:
      distort_all(REAL_RO(x), n, copies, each, by_row, by.begin(), REAL(result));
      break;
    case INTSXP:
      distort_all(INTEGER_RO(x), n, copies, each, by_row, by.begin(), INTEGER(result));
      break;
    case RAWSXP:
      distort_all(RAW_RO(x), n, copies, each, by_row, by.begin(), RAW(result));
      break;
    default:
      Rcpp::stop("images must be numbers or bytes");
  }
  unwinding([&] { Rf_dimgets(result, dim); });
  return result;
}
