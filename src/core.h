// The parts of the core that take long to compile. Each is compiled in one file, core_single.cpp or
// core_double.cpp, and only named in the others, which include this header instead of the core. A
// function that is missing here still works: it is compiled wherever it is used, which takes
// longer.
#ifndef FEEDFORWARD_CORE_H
#define FEEDFORWARD_CORE_H

// First, so that all files see Armadillo with the same settings.
#include <RcppArmadillo.h>

#include <feedforward/feedforward.hpp>

// KIND is `extern`, or nothing where they are to be compiled.
#define FEEDFORWARD_CORE(KIND, Real)                                                              \
  KIND template const std::vector<Activation<Real>>& activations<Real>();                         \
  KIND template const std::vector<LossEntry<Real>>& losses<Real>();                               \
  KIND template arma::Mat<Real> dense_columns<Real, double>(Backend&, const Table<double>&);      \
  KIND template std::unique_ptr<Source<Real>> make_source<Real, double>(                          \
      Backend&, const Table<double>&, const Standardization&);                                    \
  KIND template std::unique_ptr<Source<Real>> make_source<Real, int>(Backend&, const Table<int>&, \
                                                                     const Standardization&);     \
  KIND template std::unique_ptr<Source<Real>> make_source<Real, unsigned char>(                   \
      Backend&, const Table<unsigned char>&, const Standardization&);                             \
  KIND template std::unique_ptr<Source<Real>> make_source<Real>(Backend&, const SparseTable&,     \
                                                                const Standardization&);          \
  KIND template std::unique_ptr<Source<Real>> make_source<Real>(Backend&, const ColumnTable&,     \
                                                                const Standardization&);          \
  KIND template void train_members<Real>(Backend&, std::deque<Member<Real>>&, MembersMonitor&,    \
                                         Minimizer*);                                             \
  KIND template TrainingResult train<Real>(Training<Real>&);

// The passes through a given network, which R asks for in double precision alone.
#define FEEDFORWARD_PASSES(KIND, Real)                                                            \
  KIND template void softmax<Real>(Backend&, arma::Mat<Real>&);                                   \
  KIND template void sigmoid<Real>(Backend&, arma::Mat<Real>&);                                   \
  KIND template void logits<Real, Batch<Real>>(Backend&, const NetworkView<Real>&, std::size_t,   \
                                               const Batch<Real>&, arma::Mat<Real>&);             \
  KIND template void logits<Real, arma::Mat<Real>>(                                               \
      Backend&, const NetworkView<Real>&, std::size_t, const arma::Mat<Real>&, arma::Mat<Real>&); \
  KIND template void forward<Real, Batch<Real>>(Backend&, const NetworkView<Real>&,               \
                                                const Batch<Real>&, Pass<Real>&, Dropout<Real>*); \
  KIND template void backward<Real, Batch<Real>>(Backend&, const NetworkView<Real>&,              \
                                                 const Batch<Real>&, const TargetBatch<Real>&,    \
                                                 Real, Real, Pass<Real>&, arma::Col<Real>&);

namespace feedforward {

#if !defined(FEEDFORWARD_COMPILES_CORE)
FEEDFORWARD_CORE(extern, float)
FEEDFORWARD_CORE(extern, double)
FEEDFORWARD_PASSES(extern, double)
#endif

}  // namespace feedforward

#endif
