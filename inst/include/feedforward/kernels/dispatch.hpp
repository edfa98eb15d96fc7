// The one place where a kernel meets an instruction set.
#ifndef FEEDFORWARD_KERNELS_DISPATCH_HPP
#define FEEDFORWARD_KERNELS_DISPATCH_HPP

#include "../isa.hpp"
#include "vector.hpp"

namespace feedforward {

// A job is a struct with its arguments and an always-inlined template member run<bytes>(),
// written once for vectors of any width. Inlined into one of these three functions it is
// compiled for the instructions that function may use.
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

template <class Job>
void dispatch(Isa isa, const Job& job) {
#if FEEDFORWARD_X86
  if (isa == Isa::avx512) return run_avx512(job);
  if (isa == Isa::avx2) return run_avx2(job);
#endif
  static_cast<void>(isa);
  run_baseline(job);
}

}  // namespace feedforward

#endif
