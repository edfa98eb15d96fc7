// A team of threads that lives as long as one training run. Backend hands out work to it. It must
// not know what the work is; and as R may only be called by its own thread, which is the caller,
// work that others share must not call R.
#ifndef FEEDFORWARD_THREADS_HPP
#define FEEDFORWARD_THREADS_HPP

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "isa.hpp"

namespace feedforward {

// Tells the core that this thread only waits, so that its sibling gets the resources.
inline void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Threads 0 .. size - 1, of which 0 is the caller. A batch consists of many short pieces
// of work, so whoever waits spins first, for about as long as one piece takes, and then
// sleeps. Only one thread at a time may call run(), and not from within run().
//
// A round: the caller stores what is to be done, sets working_ to the number of workers, and only
// then raises round_. Workers that see a new round run it and lower working_; at 0 the caller goes
// on. The atomics order memory, so the work itself needs no lock: what was written before run() is
// seen by all threads, and what they wrote is seen after it.
class Team {
 public:
  explicit Team(std::size_t size) : errors_(size < 1 ? 1 : size) {
    if (size <= 1) return;  // to ask for the cores takes longer than to predict a row
    const std::size_t cores = std::thread::hardware_concurrency();
    // With fewer cores than threads, a spinning thread only keeps a working one waiting.
    spins_ = cores >= errors_.size() ? 2000 : 0;
    try {
      for (std::size_t t = 1; t < errors_.size(); ++t) threads_.emplace_back(&Team::work, this, t);
    } catch (...) {
      stop();
      throw;
    }
  }

  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  ~Team() { stop(); }

  std::size_t size() const { return errors_.size(); }

  // Calls f(thread) once on each thread and returns when all are done: a barrier on both sides. If
  // calls throw, the exception of the lowest thread reaches the caller, so that the same input
  // gives the same error. f stays with the caller: a pointer to it is all that others see.
  template <class F>
  void run(F&& f) {
    if (threads_.empty()) {
      f(std::size_t{0});
      return;
    }
    using Function = const std::remove_reference_t<F>;
    context_ = &f;
    call_ = [](const void* context, std::size_t t) { (*static_cast<Function*>(context))(t); };
    start_round();
    attempt(0);
    wait_until([this] { return working_.load() == 0; }, caller_sleeps_, finished_);
    rethrow();
  }

 private:
  void start_round() {
    // In this order: a worker that sees the new round must find the full count.
    working_.store(threads_.size());
    round_.fetch_add(1);
    wake(workers_asleep_, started_);
  }

  // What a worker does all its life.
  void work(std::size_t thread) {
    // The rounds that this thread has taken part in; none can be missed, as all must finish one
    // before the next begins.
    for (std::size_t seen = 0;;) {
      wait_until([this, seen] { return round_.load() != seen; }, workers_asleep_, started_);
      ++seen;
      if (stopping_) return;
      attempt(thread);
      if (working_.fetch_sub(1) == 1) wake(caller_sleeps_, finished_);
    }
  }

  // An exception must not leave a thread, or the process would end.
  void attempt(std::size_t thread) {
    try {
      call_(context_, thread);
    } catch (...) {
      errors_[thread] = std::current_exception();
    }
  }

  // A sleeper announces itself before it looks for the last time, and the waker changes the
  // state before it looks for sleepers. Both in sequentially consistent order, so at least
  // one of them sees the other and no wake-up is lost.
  template <class Ready>
  void wait_until(Ready ready, std::atomic<std::size_t>& asleep, std::condition_variable& signal) {
    for (std::size_t spin = 0; spin < spins_; ++spin) {
      if (ready()) return;
      pause_briefly();
      // On a busy machine, the one we wait for may want this very core.
      if (spin % 50 == 49) std::this_thread::yield();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    asleep.fetch_add(1);
    signal.wait(lock, ready);
    asleep.fetch_sub(1);
  }

  void wake(std::atomic<std::size_t>& asleep, std::condition_variable& signal) {
    if (asleep.load() == 0) return;
    // Whoever announced itself holds the lock until it really sleeps.
    std::lock_guard<std::mutex> lock(mutex_);
    signal.notify_all();
  }

  // All are forgotten, so that the team can work again.
  void rethrow() {
    std::exception_ptr first;
    for (std::size_t t = errors_.size(); t-- > 0;) {
      if (errors_[t]) first = errors_[t];
      errors_[t] = nullptr;
    }
    if (first) std::rethrow_exception(first);
  }

  // A round in which all workers end; also after a constructor that got only some of them.
  void stop() {
    stopping_ = true;
    start_round();
    for (std::thread& thread : threads_) thread.join();
  }

  std::vector<std::exception_ptr> errors_;  // (size)
  std::size_t spins_ = 0;
  void (*call_)(const void*, std::size_t) = nullptr;  // with context_: what this round does
  const void* context_ = nullptr;
  bool stopping_ = false;  // written before a round starts, read in it
  std::mutex mutex_;
  std::condition_variable started_, finished_;
  // Each on its own cache line: the workers watch the first while they change the second.
  alignas(cache_line) std::atomic<std::size_t> round_{0};
  alignas(cache_line) std::atomic<std::size_t> working_{0};
  alignas(cache_line) std::atomic<std::size_t> workers_asleep_{0};
  std::atomic<std::size_t> caller_sleeps_{0};
  std::vector<std::thread> threads_;  // last: they use all that stands above
};

}  // namespace feedforward

#endif
