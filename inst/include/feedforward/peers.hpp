// The other processes that train the same network, each on its part of every batch. The core says
// when they add up what they found; R's side knows how they talk, by MPI. This file must not know
// what the numbers mean, other than that of sum_over_peers().
#ifndef FEEDFORWARD_PEERS_HPP
#define FEEDFORWARD_PEERS_HPP

#include <cstddef>

#include "objective.hpp"
#include "sampler.hpp"

namespace feedforward {

// The processes are ranks, counted from 0. All of them must call the same functions in the same
// order: each waits for the others. Where there are no others, a null pointer stands for them.
class Peers {
 public:
  virtual ~Peers() = default;
  virtual Part part() const = 0;  // which rank this is, of how many

  // figures (count) and values (n) become their sums over all ranks. All ranks get the same bits,
  // and for the same number of ranks the same again: they are added in the order of ranks.
  virtual void sum(double* figures, std::size_t count, double* values, std::size_t n) = 0;
  virtual void sum(double* figures, std::size_t count, float* values, std::size_t n) = 0;

  // values (n) become those of rank 0.
  virtual void share(double* values, std::size_t n) = 0;
};

inline Part part_of(const Peers* peers) { return peers ? peers->part() : Part(); }

// Adds up sums and values (n) of all ranks. False if any rank is not to go on: then all of them
// leave at the same point, and the sums are of no use.
template <class Real>
bool sum_over_peers(Peers* peers, bool goes_on, Sums& sums, Real* values, std::size_t n) {
  if (!peers) return goes_on;
  double figures[] = {goes_on ? 0.0 : 1.0, sums.loss, sums.score, sums.weight};
  peers->sum(figures, 4, values, n);
  sums = {figures[1], figures[2], figures[3]};
  return figures[0] == 0;
}

// Whether all ranks are to go on.
inline bool all_go_on(Peers* peers, bool goes_on) {
  Sums none;
  return sum_over_peers<double>(peers, goes_on, none, nullptr, 0);
}

}  // namespace feedforward

#endif
