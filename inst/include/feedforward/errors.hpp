// What the core throws about data that it cannot use. Whoever runs the core finds the words for
// users, with row and column: the core only finds out that there is a fault. Wrong names and
// numbers, which R has refused before, throw std::invalid_argument.
#ifndef FEEDFORWARD_ERRORS_HPP
#define FEEDFORWARD_ERRORS_HPP

#include <stdexcept>

namespace feedforward {

struct DataError : std::domain_error {
  using std::domain_error::domain_error;
  // Which data have the fault. Code that reads several sets it on the way up; a literal, so it
  // needs no memory.
  const char* part = "x";
};

// A value somewhere in the data is NA, NaN or infinite.
struct NotFinite : DataError {
  NotFinite() : DataError("a value is not finite") {}
};

// A number somewhere in the data is too large for single precision: above about 3.4e38.
struct TooLarge : DataError {
  TooLarge() : DataError("a value is too large for single precision") {}
};

// A file cannot be read: it is gone, or shorter than it was.
struct FileError : std::runtime_error {
  FileError() : std::runtime_error("a file is gone or too short") {}
};

}  // namespace feedforward

#endif
