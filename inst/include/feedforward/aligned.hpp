// Matrices that begin on a cache line.
#ifndef FEEDFORWARD_ALIGNED_HPP
#define FEEDFORWARD_ALIGNED_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

constexpr std::size_t cache_line = 64;

// Armadillo aligns to 32 bytes at most. Then every vector of 64 bytes lies across two cache
// lines, and the line between the units of two threads travels between their caches.
template <class Real>
class AlignedMatrix {
 public:
  AlignedMatrix() = default;
  AlignedMatrix(const AlignedMatrix&) = delete;
  AlignedMatrix& operator=(const AlignedMatrix&) = delete;
  AlignedMatrix(AlignedMatrix&& other) noexcept : memory_(std::move(other.memory_)) {
    if (other.matrix_) view(other.matrix_->n_rows, other.matrix_->n_cols);
    other.matrix_.reset();
  }

  // Another size; what the matrix held is lost. Memory is taken only to grow.
  arma::Mat<Real>& set_size(std::size_t rows, std::size_t columns) {
    if (!matrix_ || matrix_->n_rows != rows || matrix_->n_cols != columns) {
      const std::size_t needed = rows * columns + cache_line / sizeof(Real);
      if (memory_.size() < needed) memory_ = std::vector<Real>(needed);
      view(rows, columns);
    }
    return *matrix_;
  }

  arma::Mat<Real>& mat() { return *matrix_; }
  const arma::Mat<Real>& mat() const { return *matrix_; }

 private:
  void view(std::size_t rows, std::size_t columns) {
    const std::size_t over = reinterpret_cast<std::uintptr_t>(memory_.data()) % cache_line;
    Real* start = memory_.data() + (cache_line - over) % cache_line / sizeof(Real);
    matrix_.emplace(start, rows, columns, false, true);
  }

  std::vector<Real> memory_;
  std::optional<arma::Mat<Real>> matrix_;  // a view into the memory
};

}  // namespace feedforward

#endif
