// The team of threads: every call reaches each thread once, and exceptions reach the caller.
#include <chrono>
#include <stdexcept>

#include "feedforward/pace.hpp"

#include "helpers.hpp"

using namespace tests;

TEST_CASE("each thread of a team is called once a round", "[threads]") {
  for (size_t size : {1, 2, 3, 8, 33}) {
    Team team(size);
    CHECK(team.size() == size);
    std::vector<int> calls(size, 0);
    for (int round = 0; round < 300; ++round) team.run([&](size_t thread) { ++calls[thread]; });
    CHECK(calls == std::vector<int>(size, 300));
  }
}

TEST_CASE("a team wakes up again after it slept", "[threads]") {
  Team team(3);
  std::vector<int> calls(3, 0);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    team.run([&](size_t thread) { ++calls[thread]; });
    // The caller sleeps, too, when another takes long.
    team.run([&](size_t thread) {
      if (thread == 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++calls[thread];
    });
  }
  CHECK(calls == std::vector<int>(3, 10));
}

TEST_CASE("an exception reaches the caller, and the team survives it", "[threads]") {
  for (size_t size : {1, 4}) {
    Team team(size);
    for (size_t thrower = 0; thrower < size; ++thrower)
      CHECK_THROWS_AS(team.run([&](size_t thread) {
        if (thread == thrower) throw std::runtime_error("thrown");
      }),
                      std::runtime_error);
    size_t last = size;
    team.run([&](size_t thread) {
      if (thread + 1 == size) last = thread;
    });
    CHECK(last + 1 == size);
  }
}

TEST_CASE("a team that never ran can be dismissed, and size 0 means 1", "[threads]") {
  CHECK(Team(0).size() == 1);
  CHECK(Team(5).size() == 5);
}

TEST_CASE("the shares of the parts cover everything once", "[threads]") {
  for (size_t total : {0, 1, 7, 64, 100})
    for (size_t parts : {1, 2, 3, 8}) {
      size_t end = 0;
      for (size_t part = 0; part < parts; ++part) {
        const Range range = share_of(total, 8, part, parts);
        CHECK(range.begin == end);
        CHECK((range.end % 8 == 0 || range.end == total));
        end = range.end;
      }
      CHECK(end == total);
    }
}

namespace {

// A clock for Pace, which the steps of the tests advance.
double test_time = 0;
double test_clock() { return test_time; }

}  // namespace

TEST_CASE("batches get the number of threads that is faster", "[threads]") {
  for (bool one_is_faster : {true, false}) {
    Backend backend(3);
    Pace pace(backend, test_clock);
    int on_one = 0;
    const int batches = 5000;
    for (int batch = 0; batch < batches; ++batch) {
      const bool usual = batch % 7 != 6;
      CHECK(pace.run(usual, [&] {
        // Much work is divided among all threads that are used.
        const bool one = backend.parts(1e9) == 1;
        on_one += one;
        // Small batches take no time, with the slower choice, too, but do not count.
        if (usual) test_time += one == one_is_faster ? 1 : 1.5;
        return true;
      }));
    }
    const double share = static_cast<double>(on_one) / batches;
    if (one_is_faster) {
      CHECK(share > 0.97);
    } else {
      CHECK(share < 0.03);
    }
  }
}

TEST_CASE("the choice of threads follows a machine that changes", "[threads]") {
  Backend backend(2);
  Pace pace(backend, test_clock);
  bool one_is_faster = true;
  int last = 0;
  const auto step = [&] {
    const bool one = backend.parts(1e9) == 1;
    last = one ? 1 : 2;
    test_time += one == one_is_faster ? 1 : 2;
    return true;
  };
  for (int batch = 0; batch < 500; ++batch) pace.run(true, step);
  CHECK(last == 1);
  one_is_faster = false;
  for (int batch = 0; batch < 1500; ++batch) pace.run(true, step);
  CHECK(last == 2);
}

TEST_CASE("a step that was stopped is passed on, and one thread is never measured", "[threads]") {
  Backend alone(1), several(2);
  CHECK_FALSE(Pace(alone, nullptr).run(true, [] { return false; }));
  CHECK_FALSE(Pace(several).run(true, [] { return false; }));
}

TEST_CASE("an instruction set that is not there is refused", "[isa]") {
  CHECK(supports(Isa::baseline));
  CHECK(supports(best_isa()));
  for (Isa isa : {Isa::avx2, Isa::avx512})
    if (!supports(isa)) CHECK_THROWS_AS(Backend(1, isa), std::invalid_argument);
}
