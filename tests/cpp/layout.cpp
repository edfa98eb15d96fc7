// Arrays from one order of memory into the other, against the index arithmetic written out.
#include "helpers.hpp"

#include "feedforward/layout.hpp"

using namespace tests;

namespace {

// The same, one value after the other.
std::vector<double> plain(const std::vector<int>& from, const Layout& layout) {
  std::vector<double> to(from.size());
  std::vector<size_t> index(layout.shape.size(), 0);
  for (size_t place = 0; place < from.size() / layout.block; ++place) {
    size_t goal = 0;
    for (size_t k = index.size(); k-- > 0;) goal = goal * layout.shape[k] + index[k];
    for (size_t k = 0; k < layout.block; ++k)
      to[goal * layout.block + k] = from[place * layout.block + k] / 2.0;
    for (size_t k = index.size(); k-- > 0;) {
      if (++index[k] < layout.shape[k]) break;
      index[k] = 0;
    }
  }
  return to;
}

}  // namespace

TEST_CASE("row-major arrays become column-major ones", "[layout]") {
  const std::vector<Layout> layouts = {
      {{130, 5, 70}, 1}, {{70, 130}, 1},   {{1, 200, 3}, 2},     {{3, 1, 200}, 1},
      {{5}, 3},          {{}, 4},          {{2, 3, 4, 5, 6}, 1}, {{28, 28}, 100},
      {{1, 1, 1}, 1},    {{65, 1, 65}, 1}, {{2, 500, 2}, 1},     {{64, 64, 64}, 1},
  };
  for (const Layout& layout : layouts) {
    std::vector<int> from(layout.size());
    for (size_t k = 0; k < from.size(); ++k) from[k] = static_cast<int>(k) + 1;
    std::vector<double> to(from.size(), -1);
    to_column_major(
        from.data(), to.data(), layout, [](int value) { return value / 2.0; }, [] {});
    CHECK(to == plain(from, layout));
  }
}

TEST_CASE("arrays without values are left alone, large ones pause", "[layout]") {
  int pauses = 0;
  const auto count = [&] { ++pauses; };
  const auto same = [](unsigned char value) { return value; };
  unsigned char none = 7;
  to_column_major(&none, &none, {{4, 0, 3}, 1}, same, count);
  CHECK(none == 7);
  CHECK(pauses == 0);
  const Layout large = {{3000, 2, 1000}, 1};
  std::vector<unsigned char> from(large.size(), 1), to(large.size(), 0);
  to_column_major(from.data(), to.data(), large, same, count);
  CHECK(to == from);
  CHECK(pauses >= 10);
}
