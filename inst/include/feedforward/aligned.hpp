// Matrices that begin on a cache line. The parameters of a network and what a batch leaves in its
// layers are kept in them. Kernels do not need it: it only makes them faster.
#ifndef FEEDFORWARD_ALIGNED_HPP
#define FEEDFORWARD_ALIGNED_HPP

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "armadillo.hpp"
#include "isa.hpp"

namespace feedforward {

// Armadillo aligns to 32 bytes at most. Then every vector of 64 bytes lies across two cache
// lines, and the line between the units of two threads travels between their caches.
template <class Real>
class AlignedMatrix {
 public:
  AlignedMatrix() = default;
  AlignedMatrix(const AlignedMatrix&) = delete;
  AlignedMatrix& operator=(const AlignedMatrix&) = delete;
  // The memory moves as a whole, so the view of it is made anew at the same place.
  AlignedMatrix(AlignedMatrix&& other) noexcept : memory_(std::move(other.memory_)) {
    if (other.matrix_) view(other.matrix_->n_rows, other.matrix_->n_cols);
    other.matrix_.reset();
  }

  // Another size; what the matrix held is lost. Memory is taken only to grow, so the smaller last
  // batch of an epoch costs nothing.
  arma::Mat<Real>& set_size(std::size_t rows, std::size_t columns) {
    if (!matrix_ || matrix_->n_rows != rows || matrix_->n_cols != columns) {
      const std::size_t needed = rows * columns + per_line<Real>;
      if (memory_.size() < needed) memory_ = std::vector<Real>(needed);
      view(rows, columns);
    }
    return *matrix_;
  }

  arma::Mat<Real>& mat() { return *matrix_; }
  const arma::Mat<Real>& mat() const { return *matrix_; }

 private:
  void view(std::size_t rows, std::size_t columns) {
    Real* start = memory_.data() + bytes_to_line(memory_.data()) / sizeof(Real);
    matrix_.emplace(start, rows, columns, false, true);
  }

  std::vector<Real> memory_;
  // A view into the memory; none until set_size() is called. It cannot grow by itself (strict), so
  // nothing makes Armadillo move it elsewhere.
  std::optional<arma::Mat<Real>> matrix_;
};

}  // namespace feedforward

#endif
