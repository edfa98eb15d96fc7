// Arrays from row-major order (the last index runs fastest: C, NumPy, IDX) to column-major order
// (the first index runs fastest: R, Fortran), and back: with the shape reversed, one is the other.
// R's readers and writers of such files use it. It must not know files, nor R.
#ifndef FEEDFORWARD_LAYOUT_HPP
#define FEEDFORWARD_LAYOUT_HPP

#include <algorithm>
#include <cstddef>
#include <vector>

namespace feedforward {

// An array of blocks: each has `block` values that stay together, `shape` counts the blocks along
// each dimension. With block 1 every value moves on its own.
struct Layout {
  std::vector<std::size_t> shape;
  std::size_t block;

  // How many values there are.
  std::size_t size() const {
    std::size_t n = block;
    for (const std::size_t extent : shape) n *= extent;
    return n;
  }
};

namespace detail {

// One dimension of the array, and how far apart its neighbors lie on either side, in values.
struct Axis {
  std::size_t extent, from_step, to_step;
};

// From the slowest to the fastest of the row-major side. Dimensions of length 1 move nothing.
inline std::vector<Axis> axes_of(const Layout& layout) {
  std::vector<Axis> axes;
  std::size_t to_step = layout.block;
  for (const std::size_t extent : layout.shape) {
    if (extent != 1) axes.push_back({extent, 0, to_step});
    to_step *= extent;
  }
  std::size_t from_step = layout.block;
  for (std::size_t k = axes.size(); k-- > 0;) {
    axes[k].from_step = from_step;
    from_step *= axes[k].extent;
  }
  return axes;
}

// Calls f(from, to) for the first place of each combination of the indices of `axes`, the one that
// is last among them fastest.
template <class F>
void for_each_place(const std::vector<Axis>& axes, F f) {
  std::vector<std::size_t> index(axes.size(), 0);
  for (std::size_t from = 0, to = 0;;) {
    f(from, to);
    std::size_t k = axes.size();
    for (; k > 0; --k) {
      const Axis& axis = axes[k - 1];
      from += axis.from_step;
      to += axis.to_step;
      if (++index[k - 1] < axis.extent) break;
      from -= axis.extent * axis.from_step;
      to -= axis.extent * axis.to_step;
      index[k - 1] = 0;
    }
    if (k == 0) return;
  }
}

// Writes to each page of fresh memory once, from first to last: systems hand out memory in this
// order in half the time that they need for the order of the tiles.
template <class To, class Pause>
void touch(To* values, std::size_t n, std::size_t between_pauses, Pause& pause) {
  constexpr std::size_t step = 4096 / sizeof(To);
  for (std::size_t k = 0, next = between_pauses; k < n; k += step) {
    values[k] = To();
    if (k < next) continue;
    next += between_pauses;
    pause();
  }
}

}  // namespace detail

// Turns `from`, row-major, into `to`, column-major, with convert(value) for each value; both have
// layout.size() of them. It goes by tiles of the dimension that is fastest on one side and the one
// that is fastest on the other: the lines of memory that a tile touches stay in the cache until
// they are used up. pause() is called again and again, after a million
// values or, where blocks are long, after the blocks of one row of a tile.
template <class From, class To, class Convert, class Pause>
void to_column_major(const From* from, To* to, const Layout& layout, Convert convert, Pause pause) {
  // The lines of memory that 64 x 64 places touch fit into the L2 cache.
  constexpr std::size_t tile = 64, between_pauses = std::size_t{1} << 20;
  const std::size_t n = layout.size(), block = layout.block;
  if (n == 0) return;
  detail::touch(to, n, between_pauses, pause);
  // The fastest axis of each side makes the tiles; all others are walked through in between.
  std::vector<detail::Axis> axes = detail::axes_of(layout);
  while (axes.size() < 2) axes.push_back({1, 0, 0});
  const detail::Axis outer = axes.front(), inner = axes.back();
  const std::vector<detail::Axis> middle(axes.begin() + 1, axes.end() - 1);
  std::size_t done = 0;
  for (std::size_t i0 = 0; i0 < outer.extent; i0 += tile) {
    const std::size_t i1 = std::min(i0 + tile, outer.extent);
    for (std::size_t j0 = 0; j0 < inner.extent; j0 += tile) {
      const std::size_t j1 = std::min(j0 + tile, inner.extent);
      detail::for_each_place(middle, [&](std::size_t from_start, std::size_t to_start) {
        for (std::size_t j = j0; j < j1; ++j) {
          const From* source = from + from_start + j * inner.from_step;
          To* goal = to + to_start + j * inner.to_step;
          for (std::size_t i = i0; i < i1; ++i) {
            const From* values = source + i * outer.from_step;
            To* place = goal + i * outer.to_step;
            *place = convert(*values);
            for (std::size_t k = 1; k < block; ++k) place[k] = convert(values[k]);
          }
          done += (i1 - i0) * block;
          if (done >= between_pauses) {
            done = 0;
            pause();
          }
        }
      });
    }
  }
}

}  // namespace feedforward

#endif
