// How many threads work on the next batch: all, or one. Results are the same, so the faster one is
// chosen, by measuring both. On machines whose cores exchange data slowly, or that others keep
// busy, several threads take longer than one.
#ifndef FEEDFORWARD_PACE_HPP
#define FEEDFORWARD_PACE_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>

#include "kernels/backend.hpp"

namespace feedforward {

// Seconds since some point in time.
inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Batches come in cycles. At the start of a cycle, trials of a few batches alternate between all
// threads and one. For the rest of the cycle, the choice that was faster stays.
class Pace {
 public:
  // Tests have a clock of their own.
  explicit Pace(Backend& backend, double (*now)() = seconds_now) : backend_(backend), now_(now) {}

  // Calls step() for one batch and returns its result. Only batches of the usual size are measured.
  template <class Step>
  bool run(bool usual_size, Step&& step) {
    if (backend_.threads() == 1) return step();
    const bool in_trial = batch_ < trials * trial_length;
    const std::size_t choice = in_trial ? batch_ / trial_length % 2 : faster();
    const AllAgain afterwards{backend_};
    backend_.use_threads(choice == all ? backend_.threads() : 1);
    const double start = now_();
    const bool result = step();
    // In the first batch of a trial, data move to the caches of other cores.
    if (in_trial && usual_size && batch_ % trial_length > 0) {
      shortest_[choice] = std::min(shortest_[choice], now_() - start);
    }
    advance();
    return result;
  }

 private:
  // What comes between batches, such as validation, is work for all. So is what follows an error.
  struct AllAgain {
    Backend& backend;
    ~AllAgain() { backend.use_threads(backend.threads()); }
  };

  enum Choice : std::size_t { all, one, choices };
  static constexpr std::size_t trial_length = 5, trials = 8, cycle = 1000;  // in batches

  std::size_t faster() const { return shortest_[one] < shortest_[all] ? one : all; }

  void advance() {
    if (++batch_ < cycle) return;
    batch_ = 0;
    shortest_ = unmeasured;
  }

  static constexpr std::array<double, choices> unmeasured = {
      std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};

  Backend& backend_;
  double (*now_)();
  std::size_t batch_ = 0;  // in its cycle
  // Seconds of the fastest batch of each choice in this cycle: the others were held up.
  std::array<double, choices> shortest_ = unmeasured;
};

}  // namespace feedforward

#endif
