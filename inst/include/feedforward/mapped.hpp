// Rows of numbers in a file, one row after the other, that the operating system maps into memory
// and reads when they are used. Batches are gathered from there as if the file were in memory. The
// only part of the core that knows an operating system.
#ifndef FEEDFORWARD_MAPPED_HPP
#define FEEDFORWARD_MAPPED_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef NOGDI
#define NOGDI
#endif
#include <windows.h>
// Macros that nobody needs, but whose names others use.
#undef far
#undef near
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "errors.hpp"
#include "kernels/backend.hpp"
#include "source.hpp"
#include "standardize.hpp"

namespace feedforward {

// Some bytes of a file as memory, to be read only. The file must keep its length as long as this
// lives: memory beyond its end cannot be read, not even with an error.
class MappedBytes {
 public:
  // path: in UTF-8. Throws FileError.
  MappedBytes(const std::string& path, std::uint64_t offset, std::uint64_t length) {
    // A map begins at a page.
    const std::uint64_t begin = offset / granularity() * granularity();
    length_ = static_cast<std::size_t>(offset - begin + length);
    map(path, begin, offset + length);
    data_ = static_cast<const unsigned char*>(map_) + (offset - begin);
  }
  ~MappedBytes() { unmap(); }
  MappedBytes(MappedBytes&& other) noexcept
      : map_(std::exchange(other.map_, nullptr)), length_(other.length_), data_(other.data_) {}
  MappedBytes(const MappedBytes&) = delete;
  MappedBytes& operator=(const MappedBytes&) = delete;
  MappedBytes& operator=(MappedBytes&&) = delete;

  const unsigned char* data() const { return data_; }

 private:
#ifdef _WIN32
  static std::uint64_t granularity() {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwAllocationGranularity;
  }

  void map(const std::string& path, std::uint64_t begin, std::uint64_t end) {
    const int letters = MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, nullptr, 0);
    std::vector<wchar_t> name(std::max(letters, 1));
    MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, name.data(), letters);
    const HANDLE file = CreateFileW(name.data(), GENERIC_READ, FILE_SHARE_READ, nullptr,
                                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) throw FileError();
    LARGE_INTEGER size;
    HANDLE mapping = nullptr;
    if (GetFileSizeEx(file, &size) && static_cast<std::uint64_t>(size.QuadPart) >= end) {
      mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
    }
    if (mapping) {
      map_ = MapViewOfFile(mapping, FILE_MAP_READ, static_cast<DWORD>(begin >> 32),
                           static_cast<DWORD>(begin & 0xffffffff), length_);
      CloseHandle(mapping);
    }
    CloseHandle(file);
    if (!map_) throw FileError();
  }

  void unmap() {
    if (map_) UnmapViewOfFile(map_);
  }
#else
  static std::uint64_t granularity() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

  void map(const std::string& path, std::uint64_t begin, std::uint64_t end) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw FileError();
    struct stat about;
    void* map = MAP_FAILED;
    if (fstat(file, &about) == 0 && static_cast<std::uint64_t>(about.st_size) >= end) {
      map = mmap(nullptr, length_, PROT_READ, MAP_SHARED, file, static_cast<off_t>(begin));
    }
    close(file);
    if (map == MAP_FAILED) throw FileError();
    map_ = map;
    // The disk begins to read, while the caller maps other parts.
    posix_madvise(map_, length_, POSIX_MADV_WILLNEED);
  }

  void unmap() {
    if (map_) munmap(map_, length_);
  }
#endif

  void* map_ = nullptr;
  std::size_t length_ = 0;
  const unsigned char* data_ = nullptr;
};

// Where rows of a file lie: value (i, j) is number i * inputs + j after `offset`, in the machine's
// own order of bytes.
struct RowFile {
  std::string path;  // in UTF-8
  std::uint64_t offset;
  std::size_t inputs;
};

// Ranges of rows of a file, one after the other, each value standardized. Values are double, float
// or unsigned char. Whoever makes it has checked that they are finite.
template <class Real, class Value>
class MappedRows : public Source<Real> {
 public:
  // `by` must outlive the source. Throws FileError.
  MappedRows(const RowFile& file, const std::vector<Range>& ranges, const Standardization& by)
      : inputs_(file.inputs), by_(by) {
    const std::uint64_t bytes_of_row = inputs_ * sizeof(Value);
    for (const Range& range : ranges) {
      pieces_.emplace_back(file.path, file.offset + range.begin * bytes_of_row,
                           (range.end - range.begin) * bytes_of_row);
      begins_.push_back(size_);
      size_ += range.end - range.begin;
    }
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t size() const override { return size_; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch<Real>& batch) const override {
    arma::Mat<Real>& columns = dense_batch(batch, inputs_, m);
    for (std::size_t i = 0; i < m; ++i) copy_row(row(samples[i]), columns.colptr(i));
  }

 private:
  const unsigned char* row(std::size_t sample) const {
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), sample);
    const std::size_t piece = static_cast<std::size_t>(after - begins_.begin()) - 1;
    return pieces_[piece].data() + (sample - begins_[piece]) * inputs_ * sizeof(Value);
  }

  // One loop for each kind of scale, so that each becomes vector instructions.
  void copy_row(const unsigned char* bytes, Real* to) const {
    const double *center = by_.center.data(), *factor = by_.factor.data();
    if (by_.none()) {
      copy_values(bytes, to, [](double x, std::size_t) { return x; });
    } else if (by_.shifts()) {
      copy_values(bytes, to, [=](double x, std::size_t j) { return (x - center[j]) * factor[j]; });
    } else {
      copy_values(bytes, to, [=](double x, std::size_t j) { return x * factor[j]; });
    }
  }

  // The file may keep values at any address, so they are copied before they are used.
  template <class Scaling>
  void copy_values(const unsigned char* bytes, Real* to, Scaling scale) const {
    const std::size_t inputs = inputs_;
    for (std::size_t j = 0; j < inputs; ++j) {
      Value value;
      std::memcpy(&value, bytes + j * sizeof(Value), sizeof(Value));
      to[j] = static_cast<Real>(scale(static_cast<double>(value), j));
    }
  }

  std::size_t inputs_, size_ = 0;
  const Standardization& by_;
  std::vector<MappedBytes> pieces_;
  std::vector<std::size_t> begins_;  // the first sample of each piece
};

}  // namespace feedforward

#endif
