// What training tells the outside, and how the outside stops it.
#ifndef FEEDFORWARD_MONITOR_HPP
#define FEEDFORWARD_MONITOR_HPP

#include <cstddef>

namespace feedforward {

class Monitor {
 public:
  virtual ~Monitor() = default;
  // Asked before every batch: true stops training there.
  virtual bool stop(std::size_t epoch, std::size_t batch) = 0;
  // Told after every epoch: the mean of its batches' mean losses.
  virtual void epoch_done(std::size_t epoch, double loss) = 0;
};

}  // namespace feedforward

#endif
