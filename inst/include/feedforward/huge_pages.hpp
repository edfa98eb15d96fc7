// Large pages for fresh memory that is about to be filled.
#ifndef FEEDFORWARD_HUGE_PAGES_HPP
#define FEEDFORWARD_HUGE_PAGES_HPP

#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace feedforward {

// Asks Linux to hand out this memory in pages of 2 MB, not of 4 KB, where it does so only on
// demand: to hand out small ones takes longer than to fill them. Nothing else changes, and where it
// is refused, or on other systems, all goes on as before.
inline void prefer_huge_pages(void* memory, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (start + page - 1) / page * page,
                       end = (start + bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

}  // namespace feedforward

#endif
