// Large pages for fresh memory that is about to be filled: by prepare.hpp for the data of a
// training run, and by R's side for arrays that it turns round. Only advice to the system, so
// nothing may depend on whether it is taken.
#ifndef FEEDFORWARD_HUGE_PAGES_HPP
#define FEEDFORWARD_HUGE_PAGES_HPP

#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace feedforward {

// Asks Linux to back memory that was not touched yet with pages of 2 MB, not of 4 KB, where it
// does so only on demand. The first touch of so many small pages takes longer than filling them,
// and rows that are read in random order would be looked up in a longer table of addresses. Only
// pages that belong to this memory as a whole are named: its neighbors are someone else's.
template <class T>
void prefer_huge_pages(T* memory, std::size_t count) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t end = (begin + count * sizeof(T)) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#else
  static_cast<void>(memory);
  static_cast<void>(count);
#endif
}

}  // namespace feedforward

#endif
