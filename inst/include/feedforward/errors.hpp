// What the core throws about data that it cannot use. Whoever runs the core finds the words.
#ifndef FEEDFORWARD_ERRORS_HPP
#define FEEDFORWARD_ERRORS_HPP

#include <stdexcept>

namespace feedforward {

struct DataError : std::domain_error {
  using std::domain_error::domain_error;
  // Which data have the fault. Those who read several set it on the way up.
  const char* part = "x";
};

// A value that is NA, NaN or infinite stands somewhere in the data.
struct NotFinite : DataError {
  NotFinite() : DataError("a value is not finite") {}
};

// A number that single precision cannot hold stands somewhere in the data.
struct TooLarge : DataError {
  TooLarge() : DataError("a value is too large for single precision") {}
};

}  // namespace feedforward

#endif
