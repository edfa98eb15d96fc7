// Schedules: how the learning rate changes in the course of training.
#ifndef FEEDFORWARD_SCHEDULE_HPP
#define FEEDFORWARD_SCHEDULE_HPP

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

namespace feedforward {

// A schedule by its name, with its numbers by theirs.
class Schedule {
 public:
  Schedule() = default;
  Schedule(std::string name, std::map<std::string, double> numbers)
      : name_(std::move(name)), numbers_(std::move(numbers)) {
    factor(0, 1, 1);  // unknown names and missing numbers show at once
  }

  // What the learning rate is multiplied by for the step that leads from `done` to `next`, of
  // so many epochs, all with decimals.
  double factor(double done, double next, double epochs) const {
    const double warm_up = number("warm_up", 0);
    const double rise = next < warm_up ? next / warm_up : 1;
    return rise * decay(done, epochs);
  }

 private:
  double decay(double done, double epochs) const {
    if (name_ == "none") return 1;
    if (name_ == "step") return std::pow(number("factor"), std::floor(done / number("every")));
    if (name_ == "exponential") return std::exp(-number("decay") * done);
    if (name_ == "inverse_time") return 1 / (1 + number("decay") * done);
    if (name_ == "cosine") {
      // Loshchilov and Hutter (2016), doi:10.48550/arXiv.1608.03983, without restarts
      const double pi = 3.14159265358979323846, final = number("final");
      return final + (1 - final) * (1 + std::cos(pi * std::min(done / epochs, 1.0))) / 2;
    }
    throw std::invalid_argument("unknown schedule: " + name_);
  }

  double number(const std::string& key) const {
    const auto found = numbers_.find(key);
    if (found == numbers_.end()) throw std::invalid_argument(name_ + " needs " + key);
    return found->second;
  }
  double number(const std::string& key, double otherwise) const {
    return numbers_.count(key) ? number(key) : otherwise;
  }

  std::string name_ = "none";
  std::map<std::string, double> numbers_;
};

}  // namespace feedforward

#endif
