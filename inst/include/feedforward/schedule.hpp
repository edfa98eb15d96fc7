// Schedules: how the learning rate changes in the course of training. mini_batch.hpp asks for the
// rate before every batch; a schedule must not know what has been learned so far.
//
// To add one: a struct with its formula, its place in the variant, and a line in the table.
#ifndef FEEDFORWARD_SCHEDULE_HPP
#define FEEDFORWARD_SCHEDULE_HPP

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "registry.hpp"

namespace feedforward {

// Each says by what the learning rate is multiplied after `done` of so many epochs, both with
// decimals: after half of the batches of the third epoch, `done` is 2.5.

// The rate stays as it is.
struct Constant {
  double operator()(double, double) const { return 1; }
};

// The rate falls at once, every few epochs.
struct StepDecay {
  double factor = 0.5;  // share of the rate left after a fall, 0 to 1; larger values fall less
  double every = 10;    // epochs between two falls, at least 1; larger values fall later
  double operator()(double done, double) const {
    return std::pow(factor, std::floor(done / every));
  }
};

// The rate falls by the same share in every epoch, and ever closer to 0.
struct ExponentialDecay {
  double decay = 0.03;  // about that share, at least 0; larger values fall faster
  double operator()(double done, double) const { return std::exp(-decay * done); }
};

// The rate falls fast at first and then ever more slowly.
struct InverseTimeDecay {
  double decay = 0.1;  // at least 0; after 1 / decay epochs half of the rate is left, so larger
                       // values fall faster
  double operator()(double done, double) const { return 1 / (1 + decay * done); }
};

// The rate falls slowly, then fast, then slowly, and arrives with the last epoch.
// Loshchilov and Hutter (2016), doi:10.48550/arXiv.1608.03983, without restarts
struct CosineDecay {
  double final = 0;  // share of the rate left at the end, 0 to 1; larger values fall less
  double operator()(double done, double epochs) const {
    const double pi = 3.14159265358979323846;
    return final + (1 - final) * (1 + std::cos(pi * std::min(done / epochs, 1.0))) / 2;
  }
};

// A decay, and a rise before it.
struct Schedule {
  // How the rate falls; constant if nothing is said.
  std::variant<Constant, StepDecay, ExponentialDecay, InverseTimeDecay, CosineDecay> decay;

  // Epochs, with decimals, in which the rate rises to its height at the start; at least 0, and 0
  // for none. Larger values make the first steps smaller for longer. The decay goes on meanwhile.
  double warm_up = 0;

  // What the learning rate is multiplied by for the step that leads from `done` to `next`, of
  // so many epochs. The rise looks at `next`, so that the first step is not of size 0.
  double factor(double done, double next, double epochs) const {
    const double rise = next < warm_up ? next / warm_up : 1;
    return rise * std::visit([&](const auto& rule) { return rule(done, epochs); }, decay);
  }
};

// The schedules by name, and which numbers each needs.
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

// The schedule of this name, with these numbers. All of them can warm up. Throws
// std::invalid_argument if there is no such name, or a number is missing.
inline Schedule find_schedule(const std::string& name, const Numbers& number) {
  Schedule schedule = find_named(schedules(), name, "schedule").read(number);
  schedule.warm_up = number("warm_up", 0);
  return schedule;
}

}  // namespace feedforward

#endif
