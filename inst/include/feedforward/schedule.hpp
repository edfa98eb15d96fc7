// Schedules: how the learning rate changes in the course of training.
#ifndef FEEDFORWARD_SCHEDULE_HPP
#define FEEDFORWARD_SCHEDULE_HPP

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "registry.hpp"

namespace feedforward {

// Each says by what the learning rate is multiplied after `done` of so many epochs, both with
// decimals.

// The rate stays as it is.
struct Constant {
  double operator()(double, double) const { return 1; }
};

// The rate falls at once, every few epochs.
struct StepDecay {
  double factor = 0.5;  // what is left of the rate after a fall, 0 to 1; larger falls less
  double every = 10;    // epochs between two falls, at least 1; larger values fall later
  double operator()(double done, double) const {
    return std::pow(factor, std::floor(done / every));
  }
};

// The rate falls by the same share in every epoch, and ever closer to 0.
struct ExponentialDecay {
  double decay = 0.03;  // that share, about, at least 0; larger values fall faster
  double operator()(double done, double) const { return std::exp(-decay * done); }
};

// The rate falls fast at first and then ever more slowly.
struct InverseTimeDecay {
  double decay = 0.1;  // after 1 / decay epochs the rate is half of what it was
  double operator()(double done, double) const { return 1 / (1 + decay * done); }
};

// The rate falls slowly, then fast, then slowly, and arrives with the last epoch.
// Loshchilov and Hutter (2016), doi:10.48550/arXiv.1608.03983, without restarts
struct CosineDecay {
  double final = 0;  // the share of the rate that is left at the end, 0 to 1
  double operator()(double done, double epochs) const {
    const double pi = 3.14159265358979323846;
    return final + (1 - final) * (1 + std::cos(pi * std::min(done / epochs, 1.0))) / 2;
  }
};

struct Schedule {
  std::variant<Constant, StepDecay, ExponentialDecay, InverseTimeDecay, CosineDecay> decay;
  double warm_up = 0;  // epochs in which the rate rises to its height at the start, so that first
                       // steps are no leaps; 0 for none

  // What the learning rate is multiplied by for the step that leads from `done` to `next`, of
  // so many epochs.
  double factor(double done, double next, double epochs) const {
    const double rise = next < warm_up ? next / warm_up : 1;
    return rise * std::visit([&](const auto& rule) { return rule(done, epochs); }, decay);
  }
};

inline const auto& schedules() {
  static const NamedOptions<Schedule> table[] = {
      {"none", [](const Numbers&) { return Schedule{Constant()}; }},
      {"step",
       [](const Numbers& number) {
         return Schedule{StepDecay{number("factor"), number("every")}};
       }},
      {"exponential",
       [](const Numbers& number) { return Schedule{ExponentialDecay{number("decay")}}; }},
      {"inverse_time",
       [](const Numbers& number) { return Schedule{InverseTimeDecay{number("decay")}}; }},
      {"cosine", [](const Numbers& number) { return Schedule{CosineDecay{number("final")}}; }},
  };
  return table;
}

// The schedule of this name. All of them can warm up.
inline Schedule find_schedule(const std::string& name, const Numbers& number) {
  Schedule schedule = find_named(schedules(), name, "schedule").read(number);
  schedule.warm_up = number("warm_up", 0);
  return schedule;
}

}  // namespace feedforward

#endif
