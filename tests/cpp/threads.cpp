// The team of threads: every call reaches each thread once, and exceptions reach the caller.
#include <chrono>
#include <stdexcept>

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

TEST_CASE("an instruction set that is not there is refused", "[isa]") {
  CHECK(supports(Isa::baseline));
  CHECK(supports(best_isa()));
  for (Isa isa : {Isa::avx2, Isa::avx512})
    if (!supports(isa)) CHECK_THROWS_AS(Backend(1, isa), std::invalid_argument);
}
