// Which vector instructions the processor at hand offers. Kernels are compiled for
// all of them, and one is chosen at run time: a package built on one machine must run on
// another.
#ifndef FEEDFORWARD_ISA_HPP
#define FEEDFORWARD_ISA_HPP

// GCC for Windows aligns the stack to 16 bytes only, and spills wider vectors as if it
// were aligned to 64 (GCC bug 54412): they crash. The assembler can repair that with
// -Wa,-muse-unaligned-vector-move; whoever builds with it may define
// FEEDFORWARD_UNALIGNED_MOVES.
#if defined(__x86_64__) && \
    (!defined(_WIN32) || defined(__clang__) || defined(FEEDFORWARD_UNALIGNED_MOVES))
#define FEEDFORWARD_X86 1
#else
#define FEEDFORWARD_X86 0
#endif

#include <cstddef>

namespace feedforward {

// baseline is what the compiler may assume anyway: SSE2 on x86-64, NEON on arm64.
enum class Isa { baseline, avx2, avx512 };

// The features must be those named in kernels/dispatch.hpp.
inline bool supports(Isa isa) {
#if FEEDFORWARD_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx2) return avx2;
  if (isa == Isa::avx512) return avx2 && __builtin_cpu_supports("avx512f");
#endif
  return isa == Isa::baseline;
}

inline Isa best_isa() {
  if (supports(Isa::avx512)) return Isa::avx512;
  if (supports(Isa::avx2)) return Isa::avx2;
  return Isa::baseline;
}

inline std::size_t vector_bytes(Isa isa) {
  return isa == Isa::avx512 ? 64 : isa == Isa::avx2 ? 32 : 16;
}

}  // namespace feedforward

#endif
