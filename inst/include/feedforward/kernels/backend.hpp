// How products run: with which instructions, on which threads, in which memory.
#ifndef FEEDFORWARD_KERNELS_BACKEND_HPP
#define FEEDFORWARD_KERNELS_BACKEND_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "../isa.hpp"
#include "../threads.hpp"

namespace feedforward {

// What a thread keeps from one product to the next, so that no batch allocates memory.
class Scratch {
 public:
  enum Slot { vectors, scalars, counts, entries, columns, slots };

  // Room for count elements, aligned to a cache line. The contents are whatever was left
  // there; asking again for the same slot invalidates them.
  template <class T>
  T* get(Slot slot, std::size_t count) {
    std::vector<unsigned char>& bytes = bytes_[slot];
    const std::size_t needed = count * sizeof(T) + line;
    if (bytes.size() < needed) {
      bytes.clear();  // nothing to copy into the larger block
      bytes.resize(needed);
    }
    const std::size_t over = reinterpret_cast<std::uintptr_t>(bytes.data()) % line;
    return reinterpret_cast<T*>(bytes.data() + (line - over) % line);
  }

 private:
  static constexpr std::size_t line = 64;
  std::array<std::vector<unsigned char>, slots> bytes_;
};

// A half-open range of rows, columns or elements.
struct Range {
  std::size_t begin, end;
};

// The part-th of parts nearly equal parts of 0 .. total, cut at multiples of step.
inline Range share_of(std::size_t total, std::size_t step, std::size_t part, std::size_t parts) {
  const std::size_t steps = (total + step - 1) / step;
  return {std::min(total, steps * part / parts * step),
          std::min(total, steps * (part + 1) / parts * step)};
}

// One per training run, used by one thread at a time. Copies nothing, owns everything.
class Backend {
 public:
  explicit Backend(std::size_t threads = 1, Isa isa = best_isa())
      : isa_(isa), team_(std::make_unique<Team>(threads)), scratch_(team_->size()) {
    if (!supports(isa)) throw std::invalid_argument("this processor lacks these instructions");
  }

  Isa isa() const { return isa_; }
  std::size_t threads() const { return team_->size(); }
  Team& team() { return *team_; }
  Scratch& scratch(std::size_t thread) { return scratch_[thread]; }

  // Among how many threads to divide so many multiplications. Waiting for each other takes
  // threads as long as a tenth of grain when every thread has a core; on a busy machine it
  // takes far longer, so each should get a good piece of work.
  std::size_t parts(double work) const {
    const double most = static_cast<double>(threads());
    return static_cast<std::size_t>(std::max(1.0, std::min(most, work / grain)));
  }

  // Calls f(part, parts) on as many threads as the work is worth; f(0, 1) if on one.
  template <class F>
  void divide(double work, F&& f) {
    const std::size_t count = parts(work);
    if (count == 1) return f(std::size_t{0}, count);
    team_->run([&](std::size_t thread) {
      if (thread < count) f(thread, count);
    });
  }

 private:
  static constexpr double grain = 25000;
  Isa isa_;
  std::unique_ptr<Team> team_;
  std::vector<Scratch> scratch_;  // one for each thread
};

}  // namespace feedforward

#endif
