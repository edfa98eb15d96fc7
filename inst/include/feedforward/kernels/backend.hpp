// How products run: with which instructions, on which threads, in which memory. Every kernel
// takes a Backend first; whoever trains or predicts makes one and passes it down. It must not
// know what the kernels compute.
#ifndef FEEDFORWARD_KERNELS_BACKEND_HPP
#define FEEDFORWARD_KERNELS_BACKEND_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "../isa.hpp"
#include "../threads.hpp"

namespace feedforward {

// What a thread keeps from one product to the next, so that no batch allocates memory. Each
// thread has its own, so kernels use it without a lock.
class Scratch {
 public:
  // A kernel may hold one block of each slot at a time. The names say what they were made for,
  // not what they must be used for.
  enum Slot { vectors, scalars, counts, entries, columns, slots };

  // Room for count elements, aligned to a cache line. The contents are whatever was left
  // there; asking again for the same slot invalidates them.
  template <class T>
  T* get(Slot slot, std::size_t count) {
    std::vector<unsigned char>& bytes = bytes_[slot];
    const std::size_t needed = count * sizeof(T) + cache_line;
    if (bytes.size() < needed) {
      bytes.clear();  // nothing to copy into the larger block
      bytes.resize(needed);
    }
    return reinterpret_cast<T*>(bytes.data() + bytes_to_line(bytes.data()));
  }

 private:
  std::array<std::vector<unsigned char>, slots> bytes_;
};

// A half-open range of rows, columns or elements.
struct Range {
  std::size_t begin, end;

  std::size_t size() const { return end - begin; }
};

// The part-th of parts nearly equal parts of 0 .. total, cut at multiples of step. Depends on
// nothing else, so the same thread works on the same units in every batch, and finds their
// weights in its own cache.
inline Range share_of(std::size_t total, std::size_t step, std::size_t part, std::size_t parts) {
  const std::size_t steps = (total + step - 1) / step;
  return {std::min(total, steps * part / parts * step),
          std::min(total, steps * (part + 1) / parts * step)};
}

// One per training run, used by one thread at a time: the caller, which is thread 0 of the
// team. Copies nothing, owns everything.
class Backend {
 public:
  explicit Backend(std::size_t threads = 1, Isa isa = best_isa())
      : isa_(isa),
        team_(std::make_unique<Team>(threads)),
        used_(team_->size()),
        scratch_(team_->size()) {
    if (!supports(isa)) throw std::invalid_argument("this processor lacks these instructions");
  }

  Isa isa() const { return isa_; }
  std::size_t threads() const { return team_->size(); }
  // Lets `count` of the threads work from now on, from 1 to all. Results do not depend on it.
  void use_threads(std::size_t count) { used_ = count; }
  Team& team() { return *team_; }
  // For the thread of that number alone while the team is at work.
  Scratch& scratch(std::size_t thread) { return scratch_[thread]; }

  // Among how many threads to divide so many multiplications. Waiting for each other takes
  // threads as long as a tenth of grain when every thread has a core; on a busy machine it
  // takes far longer, so each should get a good piece of work.
  std::size_t parts(double work) const {
    const double most = static_cast<double>(used_);
    return static_cast<std::size_t>(std::max(1.0, std::min(most, work / grain)));
  }

  // Calls f(part, parts) on as many threads as the work is worth; f(0, 1) if on one. Returns
  // when all are done, so every call is a barrier: what one wrote, all may read afterwards.
  template <class F>
  void divide(double work, F&& f) {
    const std::size_t count = parts(work);
    if (count == 1) return f(std::size_t{0}, count);
    team_->run([&](std::size_t thread) {
      if (thread < count) f(thread, count);
    });
  }

  // The same for 0 .. total, cut at multiples of step: calls f(mine, thread) on each thread that
  // gets a part. A step of a cache line keeps two threads from writing to the same one.
  template <class F>
  void divide_range(double work, std::size_t total, std::size_t step, F&& f) {
    divide(work, [&](std::size_t part, std::size_t parts) {
      const Range mine = share_of(total, step, part, parts);
      if (mine.begin < mine.end) f(mine, part);
    });
  }

 private:
  static constexpr double grain = 25000;  // multiplications
  Isa isa_;
  std::unique_ptr<Team> team_;
  std::size_t used_;
  std::vector<Scratch> scratch_;  // (threads)
};

}  // namespace feedforward

#endif
