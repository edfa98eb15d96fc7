// Things by their names. Each kind of thing has one table, next to its definition: a new
// activation, loss, optimizer or schedule is one entry there. R's registry has the same names, and
// a test compares the two. This file must know none of the things.
#ifndef FEEDFORWARD_REGISTRY_HPP
#define FEEDFORWARD_REGISTRY_HPP

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace feedforward {

// The entry of a table that has this name. `kind` says in the error what was looked for. Users do
// not see that error: R refuses unknown names first.
template <class Table>
const auto& find_named(const Table& table, const std::string& name, const char* kind) {
  for (const auto& entry : table) {
    if (name == entry.name) return entry;
  }
  throw std::invalid_argument(std::string("unknown ") + kind + ": " + name);
}

// The names of a table, in its order.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

// Numbers by their names, as a list of R or a file has them.
class Numbers {
 public:
  Numbers(std::map<std::string, double> numbers) : numbers_(std::move(numbers)) {}

  // Throws std::invalid_argument if there is no number of that name.
  double operator()(const std::string& key) const {
    const auto found = numbers_.find(key);
    if (found == numbers_.end()) throw std::invalid_argument("there is no number " + key);
    return found->second;
  }
  // For numbers that may be left out.
  double operator()(const std::string& key, double otherwise) const {
    return numbers_.count(key) ? (*this)(key) : otherwise;
  }

 private:
  std::map<std::string, double> numbers_;
};

// How options of one kind are made from numbers: the entry of a table of optimizers or schedules.
template <class Options>
struct NamedOptions {
  const char* name;
  Options (*read)(const Numbers& number);
};

}  // namespace feedforward

#endif
