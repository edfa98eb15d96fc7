// Rows of numbers in a file, one row after the other, as a source that all threads read. Blocks of
// a stream are made of them without R. It must not know kinds of files.
#ifndef FEEDFORWARD_ROW_FILE_HPP
#define FEEDFORWARD_ROW_FILE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
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
    constexpr std::size_t bytes_at_once = 1 << 19;
    rows_at_once_ = std::max<std::size_t>(bytes_at_once / bytes_of_row(), 1);
    bytes_.resize(rows_at_once_ * bytes_of_row());
  }

  // The i-th of the rows becomes column columns[i] of `to`. Throws FileError and TooLarge.
  void read(Range rows, const std::uint32_t* columns, arma::Mat<Real>& to) {
    stream_.seekg(static_cast<std::streamoff>(file_.offset + rows.begin * bytes_of_row()));
    for (std::size_t row = rows.begin; row < rows.end; row += rows_at_once_) {
      const std::size_t count = std::min(rows_at_once_, rows.end - row);
      const auto wanted = static_cast<std::streamsize>(count * bytes_of_row());
      stream_.read(reinterpret_cast<char*>(bytes_.data()), wanted);
      if (!stream_ || stream_.gcount() != wanted) throw FileError();
      for (std::size_t i = 0; i < count; ++i) {
        Real* column = to.colptr(*columns++);
        if (i + 1 < count) prefetch_to_write(to.colptr(*columns));
        dispatch(isa_, RowJob<Real, Value>{bytes_.data() + i * bytes_of_row(), file_.inputs,
                                           center_.data(), factor_.data(), column});
        check_range(column, file_.inputs, isa_);
      }
    }
  }

 private:
  std::size_t bytes_of_row() const { return file_.inputs * sizeof(Value); }

  // Columns in random order are further apart than the processor looks ahead.
  void prefetch_to_write(const Real* column) const {
    for (std::size_t j = 0; j < file_.inputs; j += per_line<Real>)
      __builtin_prefetch(column + j, 1, 2);
  }

  Isa isa_;
  const RowFile& file_;
  const std::vector<double> center_, factor_;  // (inputs): no scale is one that changes nothing
  std::ifstream stream_;
  std::size_t rows_at_once_;
  std::vector<unsigned char> bytes_;
};

// The rows of `ranges`, one range after the other, each value standardized. Whoever makes it has
// checked that all are finite. They are read by arrange(), which must come first: so rows that are
// wanted in random order are put there at once.
template <class Real, class Value>
class FileRows : public Dense<Real> {
 public:
  // `by` must outlive this. `columns` may have memory of an earlier source, also for more rows: new
  // memory takes longer to come by than the rows.
  FileRows(RowFile file, std::vector<Range> ranges, const Standardization& by,
           arma::Mat<Real> columns = {})
      : Dense<Real>(std::move(columns)),
        file_(std::move(file)),
        ranges_(std::move(ranges)),
        by_(by) {}

  std::size_t inputs() const override { return file_.inputs; }
  std::size_t size() const override { return size_; }

  // `order` names all rows. Throws FileError and TooLarge.
  bool arrange(Backend& backend, const std::vector<std::uint32_t>& order) override {
    arma::Mat<Real>& to = this->columns_;
    size_ = order.size();
    if (to.n_rows != file_.inputs || to.n_cols < size_) {
      to.set_size(file_.inputs, size_);
      prefer_huge_pages(to.memptr(), to.n_elem);
    }
    std::vector<std::uint32_t> column_of(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      column_of[order[i]] = static_cast<std::uint32_t>(i);
    }
    const double work = static_cast<double>(file_.inputs * size_);
    backend.divide_range(work, order.size(), 1, [&](Range places, std::size_t) {
      RowReader<Real, Value> reader(backend.isa(), file_, by_);
      for (const RowRange& part : ranges_at(ranges_, places)) {
        reader.read(part.rows, column_of.data() + part.first, to);
      }
    });
    return true;
  }

 private:
  const RowFile file_;
  const std::vector<Range> ranges_;
  std::size_t size_ = 0;
  const Standardization& by_;
};

}  // namespace feedforward

#endif
