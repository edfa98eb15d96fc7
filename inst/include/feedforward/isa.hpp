// What the processor at hand offers: vector instructions, and lines of its cache. Kernels are
// compiled for all instruction sets, and one is chosen at run time, because a package built on
// one machine must run on another. Everything below kernels/ and threads.hpp builds on this
// file; it must not include any other.
#ifndef FEEDFORWARD_ISA_HPP
#define FEEDFORWARD_ISA_HPP

// GCC for Windows aligns the stack to 16 bytes only, and spills wider vectors as if it
// were aligned to 64 (GCC bug 54412): they crash. The assembler can repair that with
// -Wa,-muse-unaligned-vector-move; whoever builds with it should define
// FEEDFORWARD_UNALIGNED_MOVES, as src/Makevars.win does.
#if defined(__x86_64__) && \
    (!defined(_WIN32) || defined(__clang__) || defined(FEEDFORWARD_UNALIGNED_MOVES))
#define FEEDFORWARD_X86 1
#else
#define FEEDFORWARD_X86 0
#endif

#include <cstddef>
#include <cstdint>

namespace feedforward {

// What memory and caches hand over at once, in bytes. Two threads that write to the same line
// slow each other down, so work is cut at lines. 64 on x86-64 and most of arm64; where it is
// 128 (Apple), the only price is some time at the cuts.
constexpr std::size_t cache_line = 64;

// The same in elements.
template <class T>
constexpr std::size_t per_line = cache_line / sizeof(T);

// How many bytes it is from here to the next address at which a line begins; 0 if it is here.
inline std::size_t bytes_to_line(const void* memory) {
  return -reinterpret_cast<std::uintptr_t>(memory) % cache_line;
}

// baseline is what the compiler may assume anyway: SSE2 on x86-64, NEON on arm64.
enum class Isa { baseline, avx2, avx512 };

// The features must be those named in kernels/dispatch.hpp: a kernel compiled for more than is
// asked about here would end the process with an illegal instruction.
inline bool supports(Isa isa) {
#if FEEDFORWARD_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx2) return avx2;
  if (isa == Isa::avx512) return avx2 && __builtin_cpu_supports("avx512f");
#endif
  return isa == Isa::baseline;
}

// The widest that the processor has.
inline Isa best_isa() {
  if (supports(Isa::avx512)) return Isa::avx512;
  if (supports(Isa::avx2)) return Isa::avx2;
  return Isa::baseline;
}

// Bytes of a vector register: the `bytes` for which dispatch() compiles a kernel.
inline std::size_t vector_bytes(Isa isa) {
  return isa == Isa::avx512 ? 64 : isa == Isa::avx2 ? 32 : 16;
}

}  // namespace feedforward

#endif
