// Networks that learn side by side from the same observations, such as those of cross-validation:
// each on one thread, with rows, an encoding and a generator of its own. What a member learns
// does not depend on the number of threads.
#ifndef FEEDFORWARD_MEMBERS_HPP
#define FEEDFORWARD_MEMBERS_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "random.hpp"
#include "train.hpp"

namespace feedforward {

// One network, what it learns from and its result. The caller owns what it points to.
template <class Real>
struct Member {
  explicit Member(const Architecture& architecture) : network(architecture) {}

  Network<Real> network;
  const Source<Real>* source = nullptr;
  const Targets<Real>* targets = nullptr;
  std::vector<std::uint32_t> rows;      // to learn from
  std::vector<std::uint32_t> held_out;  // decide which epoch was the best
  TrainingOptions options;
  std::size_t batch_size = 1;
  std::vector<double> dropout;  // per hidden layer, or empty
  std::uint32_t seed = 0;

  // False where training was interrupted before its end. Another thread that reads true may read
  // the results, too: nothing changes them any more.
  std::atomic<bool> done{false};
  TrainingResult result;
  TrainingState state;
  arma::Mat<Real> predictions;  // (outputs, held out)
};

// Watches over all members. Only the calling thread asks it.
class MembersMonitor {
 public:
  virtual ~MembersMonitor() = default;
  // epochs: how many have ended in all members together. True stops all training.
  virtual bool stop(std::size_t epochs) = 0;
};

// What the threads share while members train.
struct MembersProgress {
  std::atomic<std::size_t> next{0}, running{0}, epochs{0};
  std::atomic<bool> stopped{false};
};

// The monitor of one member. `overseer` is a null pointer except on the calling thread.
class MemberMonitor : public Monitor {
 public:
  MemberMonitor(MembersProgress& progress, MembersMonitor* overseer)
      : progress_(progress), overseer_(overseer) {}

  bool stop(std::size_t, std::size_t) override {
    if (overseer_ && overseer_->stop(progress_.epochs)) progress_.stopped = true;
    return progress_.stopped;
  }
  bool epoch_done(const EpochRecord&) override {
    ++progress_.epochs;
    return true;
  }

 private:
  MembersProgress& progress_;
  MembersMonitor* overseer_;
};

// The predictions of the network as it is for some rows, as columns (outputs, rows).
template <class Real>
arma::Mat<Real> predictions_for(Backend& backend, const Member<Real>& member) {
  constexpr std::size_t step = 512;
  arma::Mat<Real> result(member.network.outputs(), member.held_out.size());
  Batch<Real> batch;
  Pass<Real> pass;
  for (std::size_t first = 0; first < member.held_out.size(); first += step) {
    const std::size_t m = std::min(step, member.held_out.size() - first);
    member.source->gather(backend, member.held_out.data() + first, m, batch);
    forward(backend, member.network, batch, pass);
    std::copy_n(pass.predictions().memptr(), result.n_rows * m, result.colptr(first));
  }
  return result;
}

// minimizer: for L-BFGS, else it may be a null pointer
template <class Real>
void train_member(Member<Real>& member, Isa isa, Monitor& monitor, Minimizer* minimizer) {
  Backend backend(1, isa);
  Generator generator(member.seed);
  Dropout<Real> dropout(member.dropout,
                        [&](std::uint16_t* numbers, std::size_t n) { generator.fill(numbers, n); });
  ShuffledRows sampler(member.rows, member.batch_size,
                       [&](std::size_t n) { return generator.permutation(n); });
  RowsInMemory held_out(member.held_out);
  Objective<Real> learning(backend, member.network, *member.source, *member.targets, &dropout);
  Objective<Real> judging(backend, member.network, *member.source, *member.targets);
  Training<Real> training = {backend,  member.network, learning, {&judging, &held_out},
                             sampler,  member.options, monitor,  member.state,
                             minimizer};
  member.result = train(training);
  if (member.result.ending == Ending::stopped) return;
  member.predictions = predictions_for(backend, member);
  member.done = true;
}

// Trains all members that are not done, in their order. Those with L-BFGS are trained by the
// calling thread, since the minimizer may be R's. An interrupt leaves members that are not done.
template <class Real>
void train_members(Backend& backend, std::deque<Member<Real>>& members, MembersMonitor& overseer,
                   Minimizer* minimizer) {
  std::vector<Member<Real>*> for_caller, for_all;
  for (Member<Real>& member : members) {
    if (member.done) continue;
    const bool lbfgs = std::holds_alternative<LbfgsOptions>(member.options.optimizer);
    (lbfgs ? for_caller : for_all).push_back(&member);
  }
  MembersProgress progress;
  progress.running = backend.threads();
  backend.team().run([&](std::size_t thread) {
    const bool is_caller = thread == 0;
    MemberMonitor monitor(progress, is_caller ? &overseer : nullptr);
    try {
      for (std::size_t k = 0; is_caller && k < for_caller.size() && !progress.stopped; ++k) {
        train_member(*for_caller[k], backend.isa(), monitor, minimizer);
      }
      std::size_t k;
      while (!progress.stopped && (k = progress.next++) < for_all.size()) {
        train_member(*for_all[k], backend.isa(), monitor, nullptr);
      }
    } catch (...) {
      progress.stopped = true;
      --progress.running;
      throw;
    }
    --progress.running;
    // The caller answers interrupts until the others have ended.
    while (is_caller && progress.running > 0) {
      monitor.stop(0, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
}

}  // namespace feedforward

#endif
