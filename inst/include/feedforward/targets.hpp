// What observations should be predicted as: classes or numbers, and how much each counts. The
// counterpart of source.hpp for outcomes, gathered by the objective with the same samples. It must
// not know losses.
#ifndef FEEDFORWARD_TARGETS_HPP
#define FEEDFORWARD_TARGETS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "source.hpp"

namespace feedforward {

// The targets of a batch. Kept from batch to batch, so that memory is taken once.
template <class Real>
struct TargetBatch {
  arma::Mat<Real> Y;          // (outputs, m)
  std::vector<Real> weights;  // (m), or empty: 1 each

  // As losses take them: they skip a multiplication where there are no weights.
  const Real* weights_or_null() const { return weights.empty() ? nullptr : weights.data(); }
};

// All targets, one per observation of the source beside it. gather() may be called for training
// and for validation in turn, but by one thread.
template <class Real>
class Targets {
 public:
  // weights: one for each observation, or none for 1 each. Larger weights count for more in the
  // loss, in its gradient and in the score; 0 leaves an observation out of all three.
  explicit Targets(std::vector<Real> weights) : weights_(std::move(weights)) {}
  virtual ~Targets() = default;

  virtual std::size_t size() const = 0;

  void gather(const std::uint32_t* samples, std::size_t m, TargetBatch<Real>& batch) const {
    gather_values(samples, m, batch.Y);
    if (weights_.empty()) return;
    batch.weights.resize(m);
    for (std::size_t i = 0; i < m; ++i) batch.weights[i] = weights_[samples[i]];
  }

  // Target order[i] becomes target i, as Source::arrange() has it.
  void arrange(const std::vector<std::uint32_t>& order) {
    arrange_values(order);
    if (!weights_.empty()) weights_ = arranged(weights_, order);
  }

 protected:
  template <class T>
  static std::vector<T> arranged(const std::vector<T>& values,
                                 const std::vector<std::uint32_t>& order) {
    std::vector<T> result;
    result.reserve(order.size());
    for (const std::uint32_t i : order) result.push_back(values[i]);
    return result;
  }

 private:
  // Y becomes (outputs, m).
  virtual void gather_values(const std::uint32_t* samples, std::size_t m,
                             arma::Mat<Real>& Y) const = 0;
  virtual void arrange_values(const std::vector<std::uint32_t>& order) = 0;

  std::vector<Real> weights_;  // (n), or empty
};

// Numbers, a column of them per observation: regression, or labels that may occur together.
template <class Real>
class NumberTargets : public Targets<Real> {
 public:
  NumberTargets(arma::Mat<Real> columns, std::vector<Real> weights)
      : Targets<Real>(std::move(weights)), columns_(std::move(columns)) {}

  std::size_t size() const override { return columns_.n_cols; }

 private:
  void gather_values(const std::uint32_t* samples, std::size_t m,
                     arma::Mat<Real>& Y) const override {
    Y.set_size(columns_.n_rows, m);
    for (std::size_t i = 0; i < m; ++i) {
      std::copy_n(columns_.colptr(samples[i]), columns_.n_rows, Y.colptr(i));
    }
  }

  void arrange_values(const std::vector<std::uint32_t>& order) override {
    arma::Mat<Real> columns;
    gather_values(order.data(), order.size(), columns);
    columns_ = std::move(columns);
  }

  arma::Mat<Real> columns_;  // (outputs, n)
};

// One class of several, made one-hot batch by batch: a thousand classes take no more memory
// than two.
template <class Real>
class ClassTargets : public Targets<Real> {
 public:
  // codes: 0 .. classes - 1
  ClassTargets(std::vector<std::uint32_t> codes, std::size_t classes, std::vector<Real> weights)
      : Targets<Real>(std::move(weights)), codes_(std::move(codes)), classes_(classes) {}

  std::size_t size() const override { return codes_.size(); }

 private:
  void gather_values(const std::uint32_t* samples, std::size_t m,
                     arma::Mat<Real>& Y) const override {
    Y.zeros(classes_, m);
    for (std::size_t i = 0; i < m; ++i) Y(codes_[samples[i]], i) = 1;
  }

  void arrange_values(const std::vector<std::uint32_t>& order) override {
    codes_ = this->arranged(codes_, order);
  }

  std::vector<std::uint32_t> codes_;  // (n)
  std::size_t classes_;
};

}  // namespace feedforward

#endif
