// Rows of numbers in a file, one row after the other, read into a source by all threads. Blocks of
// a stream are made of them without R. It must not know kinds of files.
#ifndef FEEDFORWARD_ROW_FILE_HPP
#define FEEDFORWARD_ROW_FILE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "errors.hpp"
#include "huge_pages.hpp"
#include "kernels/backend.hpp"
#include "kernels/rows.hpp"
#include "source.hpp"
#include "standardize.hpp"
#include "table.hpp"

namespace feedforward {

// Value (i, j) is number i * inputs + j after `offset` bytes, in the machine's own order of bytes.
struct RowFile {
  std::string path;  // as the system's functions take it
  std::uint64_t offset;
  std::size_t inputs;
};

// Some rows of a file, `first` being the place of the first one among all rows that are read.
struct RowRange {
  Range rows;
  std::size_t first;
};

// The parts of the ranges that stand at these places among all their rows.
inline std::vector<RowRange> ranges_at(const std::vector<Range>& ranges, Range places) {
  std::vector<RowRange> parts;
  std::size_t first = 0;
  for (const Range& range : ranges) {
    const std::size_t after = first + range.size();
    const std::size_t begin = std::max(first, places.begin), end = std::min(after, places.end);
    if (begin < end) {
      parts.push_back({{range.begin + (begin - first), range.begin + (end - first)}, begin});
    }
    first = after;
  }
  return parts;
}

// Reads rows into columns, some rows at a time that stay in the cache. Each thread has its own.
template <class Real, class Value>
class RowReader {
 public:
  // Throws FileError.
  RowReader(Isa isa, const RowFile& file, const Standardization& by)
      : isa_(isa),
        file_(file),
        center_(by.shifts() && !by.none() ? by.center : std::vector<double>(file.inputs, 0)),
        factor_(by.none() ? std::vector<double>(file.inputs, 1) : by.factor),
        stream_(file.path, std::ios::binary) {
    constexpr std::size_t bytes_at_once = 1 << 18;
    rows_at_once_ = std::max<std::size_t>(bytes_at_once / bytes_of_row(), 1);
    bytes_.resize(rows_at_once_ * bytes_of_row());
  }

  // Row `rows.begin` becomes the first of the columns at `to`. Throws FileError and TooLarge.
  void read(Range rows, Real* to) {
    stream_.seekg(static_cast<std::streamoff>(file_.offset + rows.begin * bytes_of_row()));
    for (std::size_t row = rows.begin; row < rows.end; row += rows_at_once_) {
      const std::size_t count = std::min(rows_at_once_, rows.end - row);
      const auto wanted = static_cast<std::streamsize>(count * bytes_of_row());
      stream_.read(reinterpret_cast<char*>(bytes_.data()), wanted);
      if (!stream_ || stream_.gcount() != wanted) throw FileError();
      for (std::size_t i = 0; i < count; ++i, to += file_.inputs) {
        dispatch(isa_, RowJob<Real, Value>{bytes_.data() + i * bytes_of_row(), file_.inputs,
                                           center_.data(), factor_.data(), to});
        check_range(to, file_.inputs);
      }
    }
  }

 private:
  std::size_t bytes_of_row() const { return file_.inputs * sizeof(Value); }

  Isa isa_;
  const RowFile& file_;
  const std::vector<double> center_, factor_;  // (inputs): no scale is one that changes nothing
  std::ifstream stream_;
  std::size_t rows_at_once_;
  std::vector<unsigned char> bytes_;
};

// The rows of `ranges`, one range after the other, standardized. `columns` may have memory of an
// earlier source: new memory takes longer to come by than the rows. Whoever asks has checked that
// all values are finite. Throws FileError and TooLarge.
template <class Real, class Value>
Dense<Real> read_row_file(Backend& backend, const RowFile& file, const std::vector<Range>& ranges,
                          const Standardization& by, arma::Mat<Real> columns = {}) {
  std::size_t n = 0;
  for (const Range& range : ranges) n += range.size();
  columns.set_size(file.inputs, n);
  prefer_huge_pages(columns.memptr(), columns.n_elem);
  const double work = static_cast<double>(columns.n_elem);
  backend.divide_range(work, n, 1, [&](Range places, std::size_t) {
    RowReader<Real, Value> reader(backend.isa(), file, by);
    for (const RowRange& part : ranges_at(ranges, places)) {
      reader.read(part.rows, columns.colptr(part.first));
    }
  });
  return Dense<Real>(std::move(columns));
}

}  // namespace feedforward

#endif
