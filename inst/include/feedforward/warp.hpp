// Small distortions of images: rotation, shift, scale, and the thickness of strokes. r_images.cpp
// hands over one image at a time. It must not know how the distortions are drawn.
#ifndef FEEDFORWARD_WARP_HPP
#define FEEDFORWARD_WARP_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace feedforward {

// An image is (height x width) doubles, line by line.
struct ImageSize {
  std::size_t height, width;
};

// How an image is distorted, around its middle. All zeros and a factor of 1 leave it as it is.
struct Distortion {
  double angle = 0;            // radians, counterclockwise
  double down = 0, right = 0;  // pixels
  double factor = 1;           // above 1 enlarges
  // From -1 to 1: the share of a dilation (above 0) or an erosion (below 0) by one pixel.
  double thickness = 0;
};

// The value at a share of the way from a to b. No step overflows, however far apart they are.
inline double between(double a, double b, double share) {
  const double half = share * (0.5 * b - 0.5 * a);
  return a + half + half;
}

// Mixes each pixel of `from` with the highest of itself and its four neighbors, or the lowest for a
// negative share. A share of 1 makes bright strokes one pixel thicker on each side.
inline void thicken(const double* from, ImageSize size, double share, double* to) {
  const std::size_t h = size.height, w = size.width;
  const auto extreme = [=](double a, double b) {
    return share > 0 ? std::max(a, b) : std::min(a, b);
  };
  const double part = std::abs(share);
  for (std::size_t r = 0; r < h; ++r) {
    for (std::size_t c = 0; c < w; ++c) {
      const double* pixel = from + r * w + c;
      double most = *pixel;
      if (r > 0) most = extreme(most, pixel[-static_cast<std::ptrdiff_t>(w)]);
      if (r + 1 < h) most = extreme(most, pixel[w]);
      if (c > 0) most = extreme(most, pixel[-1]);
      if (c + 1 < w) most = extreme(most, pixel[1]);
      to[r * w + c] = between(*pixel, most, part);
    }
  }
}

// The value between four pixels, weighted by their nearness (bilinear). Beyond an edge, the image
// goes on as its nearest pixel. In this order of arguments, std::max() turns NaN into 0.
inline double value_at(const double* image, ImageSize size, double row, double column) {
  row = std::min(std::max(0.0, row), static_cast<double>(size.height - 1));
  column = std::min(std::max(0.0, column), static_cast<double>(size.width - 1));
  const std::size_t r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(column);
  const double below = row - static_cast<double>(r), beside = column - static_cast<double>(c);
  const double* line = image + r * size.width;
  const double* next = r + 1 < size.height ? line + size.width : line;
  const std::size_t c2 = std::min(c + 1, size.width - 1);
  return between(between(line[c], line[c2], beside), between(next[c], next[c2], beside), below);
}

// Looks up where each pixel of the new image comes from: shifted, rotated and scaled back. Shifts
// are limited, so that coordinates are finite. Long before the limit, only an edge is left.
inline void warp(const double* from, ImageSize size, const Distortion& by, double* to) {
  const double most = 8.0 * static_cast<double>(size.height + size.width);
  const double down = std::min(std::max(-most, by.down), most);
  const double right = std::min(std::max(-most, by.right), most);
  const double middle_row = 0.5 * (static_cast<double>(size.height) - 1);
  const double middle_column = 0.5 * (static_cast<double>(size.width) - 1);
  const double cosine = std::cos(by.angle) / by.factor, sine = std::sin(by.angle) / by.factor;
  for (std::size_t r = 0; r < size.height; ++r) {
    const double y = static_cast<double>(r) - middle_row - down;
    for (std::size_t c = 0; c < size.width; ++c) {
      const double x = static_cast<double>(c) - middle_column - right;
      *to++ = value_at(from, size, middle_row + cosine * y + sine * x,
                       middle_column + cosine * x - sine * y);
    }
  }
}

// `from` distorted: first its strokes, then its place. `scratch` has the size of the image, too.
inline void distort(const double* from, ImageSize size, const Distortion& by, double* scratch,
                    double* to) {
  if (by.thickness != 0) {
    thicken(from, size, by.thickness, scratch);
    from = scratch;
  }
  warp(from, size, by, to);
}

}  // namespace feedforward

#endif
