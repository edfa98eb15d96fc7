// From a kernel written once to one compiled for each instruction set, and to the threads of a
// backend. All kernels go through dispatch() or map(). The processor features that this file names
// must agree with those that supports() in isa.hpp asks for.
#ifndef FEEDFORWARD_KERNELS_DISPATCH_HPP
#define FEEDFORWARD_KERNELS_DISPATCH_HPP

#include <cstddef>
#include <tuple>
#include <utility>

#include "../isa.hpp"
#include "backend.hpp"
#include "vector.hpp"

namespace feedforward {

// A job is a struct with its arguments and an always-inlined template member run<bytes>(),
// written once for vectors of any width. Inlined into one of these three functions it is
// compiled for the instructions that function may use. What a job calls must be inlined too:
// a function of its own would be compiled for the baseline.
template <class Job>
void run_baseline(const Job& job) {
  job.template run<16>();
}

#if FEEDFORWARD_X86
template <class Job>
__attribute__((target("avx2,fma"))) void run_avx2(const Job& job) {
  job.template run<32>();
}

template <class Job>
__attribute__((target("avx2,fma,avx512f"))) void run_avx512(const Job& job) {
  job.template run<64>();
}
#endif

// One branch per call: a job should be worth microseconds.
template <class Job>
void dispatch(Isa isa, const Job& job) {
#if FEEDFORWARD_X86
  if (isa == Isa::avx512) return run_avx512(job);
  if (isa == Isa::avx2) return run_avx2(job);
#endif
  static_cast<void>(isa);
  run_baseline(job);
}

// Calls function(a, b, ...) with a vector of each array in turn, for n elements; what it makes
// of them is written back, but for arrays of const. Beyond the end it computes on zeros, and
// nothing is read or written there.
template <class Function, class... Pointers>
struct MapJob {
  Function function;
  std::size_t n;
  std::tuple<Pointers...> arrays;  // (n) each

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    run<bytes>(std::index_sequence_for<Pointers...>{});
  }

  template <std::size_t bytes, std::size_t... k>
  FEEDFORWARD_INLINE void run(std::index_sequence<k...>) const {
    using Real = std::remove_pointer_t<std::tuple_element_t<sizeof...(k) - 1, decltype(arrays)>>;
    // Copies, because for all the compiler knows the job itself might lie where results go.
    const Function f = function;
    const std::tuple<Pointers...> at = arrays;
    const auto step = [&](std::size_t i, auto count) FEEDFORWARD_INLINE_LAMBDA {
      Vector<Real, bytes> v[sizeof...(k)];
      (load(v[k], std::get<k>(at) + i, count), ...);
      f(v[k]...);
      (put(std::get<k>(at) + i, v[k], count), ...);
    };
    for_each_vector<lanes<Real, bytes>>(n, step);
  }

 private:
  template <class V, class Real, class Count>
  FEEDFORWARD_INLINE static void put(Real* to, const V& v, Count count) {
    if constexpr (!std::is_const<Real>::value) store(to, v, count);
  }
};

// What one multiplication-like operation per element is counted as, where memory is the limit.
constexpr double work_of_element = 4;

// function(a, b, ...) for n elements of each array, in parts on the backend's threads. Elements
// do not depend on each other, so neither do results on how they were divided. Arrays that are
// only read come first, as pointers to const.
template <class Function, class... Pointers>
void map(Backend& backend, double work, const Function& function, std::size_t n,
         Pointers... arrays) {
  using Last =
      std::remove_pointer_t<std::tuple_element_t<sizeof...(arrays) - 1, std::tuple<Pointers...>>>;
  backend.divide_range(
      work * static_cast<double>(n), n, per_line<Last>, [&](Range mine, std::size_t) {
        dispatch(backend.isa(),
                 MapJob<Function, Pointers...>{function, mine.size(), {(arrays + mine.begin)...}});
      });
}

}  // namespace feedforward

#endif
