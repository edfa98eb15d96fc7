// Large blocks of memory.
#ifndef FEEDFORWARD_KERNELS_MEMORY_HPP
#define FEEDFORWARD_KERNELS_MEMORY_HPP

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace feedforward {

// Asks the system to back memory that was not touched yet with large pages, where that is a
// choice: the first touch of so many small ones takes longer than filling them, and rows
// that are read in random order would be looked up in a longer table. Only advice: nothing
// depends on whether it is taken.
template <class T>
void prefer_large_pages(T* memory, std::size_t count) {
#if defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = 1 << 21;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + page - 1) / page * page;  // only whole pages, all ours
  const std::uintptr_t end = (begin + count * sizeof(T)) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#else
  static_cast<void>(memory);
  static_cast<void>(count);
#endif
}

}  // namespace feedforward

#endif
