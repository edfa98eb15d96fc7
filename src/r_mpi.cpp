// MPI, the only file that includes it: the sums of the core's Peers, and what R needs to start, to
// compare what the ranks were given, and to end. All calls come from R's own thread. An error of
// MPI ends all ranks, as is its default.

#include <RcppArmadillo.h>

#include "r_mpi.h"
#include "r_unwind.h"

#ifdef FEEDFORWARD_MPI

// The old interface for C++ is left out.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

MPI_Datatype mpi_type(const double*) { return MPI_DOUBLE; }
MPI_Datatype mpi_type(const float*) { return MPI_FLOAT; }

// Sums over all ranks. Each rank adds up a slice of the values, in the order of ranks and in
// double, and gives it to all: two exchanges of all values in total, however many ranks there are.
class MpiPeers : public feedforward::Peers {
 public:
  MpiPeers() {
    int rank, ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    part_ = {static_cast<std::size_t>(rank), static_cast<std::size_t>(ranks)};
    for (auto* counts : {&lengths_, &begins_, &own_lengths_, &own_begins_}) counts->resize(ranks);
  }

  feedforward::Part part() const override { return part_; }
  void sum(double* figures, std::size_t count, double* values, std::size_t n) override {
    sum_all(figures, count, values, n, doubles_);
  }
  void sum(double* figures, std::size_t count, float* values, std::size_t n) override {
    sum_all(figures, count, values, n, floats_);
  }

  void share(double* values, std::size_t n) override {
    for (std::size_t done = 0; done < n; done += most) {
      MPI_Bcast(values + done, static_cast<int>(std::min(most, n - done)), MPI_DOUBLE, 0,
                MPI_COMM_WORLD);
    }
  }

 private:
  // Values at a time: MPI counts in int, and more would only need more memory.
  static constexpr std::size_t most = std::size_t{1} << 22;
  // Up to so many bytes from all ranks together, everyone sends everything: one exchange is faster
  // than two.
  static constexpr std::size_t few = std::size_t{1} << 14;

  template <class Real>
  void sum_all(double* figures, std::size_t count, Real* values, std::size_t n,
               std::vector<Real>& received) {
    MPI_Request request;
    figures_.resize(count * part_.ranks);
    MPI_Iallgather(figures, static_cast<int>(count), MPI_DOUBLE, figures_.data(),
                   static_cast<int>(count), MPI_DOUBLE, MPI_COMM_WORLD, &request);
    if (n * part_.ranks * sizeof(Real) <= few) {
      sum_few(values, n, received);
    } else {
      for (std::size_t done = 0; done < n; done += most) {
        sum_slices(values + done, std::min(most, n - done), received);
      }
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    add_up(figures_.data(), count, figures);
  }

  template <class Real>
  void sum_few(Real* values, std::size_t n, std::vector<Real>& received) {
    if (n == 0) return;
    received.resize(n * part_.ranks);
    MPI_Allgather(values, static_cast<int>(n), mpi_type(values), received.data(),
                  static_cast<int>(n), mpi_type(values), MPI_COMM_WORLD);
    add_up(received.data(), n, values);
  }

  template <class Real>
  void sum_slices(Real* values, std::size_t n, std::vector<Real>& received) {
    const std::size_t own = part_.size(n);
    for (std::size_t rank = 0; rank < part_.ranks; ++rank) {
      const feedforward::Part part = {rank, part_.ranks};
      lengths_[rank] = static_cast<int>(part.size(n));
      begins_[rank] = static_cast<int>(part.begin(n));
      own_lengths_[rank] = static_cast<int>(own);
      own_begins_[rank] = static_cast<int>(own * rank);
    }
    received.resize(std::max<std::size_t>(own * part_.ranks, 1));
    const MPI_Datatype type = mpi_type(values);
    MPI_Alltoallv(values, lengths_.data(), begins_.data(), type, received.data(),
                  own_lengths_.data(), own_begins_.data(), type, MPI_COMM_WORLD);
    add_up(received.data(), own, values + part_.begin(n));
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, lengths_.data(), begins_.data(),
                   type, MPI_COMM_WORLD);
  }

  // result (n) = the sum of all ranks' values, which lie one after the other.
  template <class Real>
  void add_up(const Real* all, std::size_t n, Real* result) const {
    constexpr std::size_t width = 512;
    double sums[width];
    for (std::size_t first = 0; first < n; first += width) {
      const std::size_t m = std::min(width, n - first);
      std::fill_n(sums, m, 0.0);
      for (std::size_t rank = 0; rank < part_.ranks; ++rank) {
        const Real* theirs = all + rank * n + first;
        for (std::size_t k = 0; k < m; ++k) sums[k] += static_cast<double>(theirs[k]);
      }
      for (std::size_t k = 0; k < m; ++k) result[first + k] = static_cast<Real>(sums[k]);
    }
  }

  feedforward::Part part_;
  std::vector<int> lengths_, begins_, own_lengths_, own_begins_;  // of slices, by rank
  std::vector<double> figures_, doubles_;
  std::vector<float> floats_;
};

bool mpi_runs() {
  int started, ended;
  MPI_Initialized(&started);
  MPI_Finalized(&ended);
  return started && !ended;
}

}  // namespace

std::unique_ptr<feedforward::Peers> mpi_peers() { return std::make_unique<MpiPeers>(); }

// Whether the package was built with MPI.
// [[Rcpp::export(rng = false)]]
bool mpi_available_cpp() { return true; }

// Starts MPI, if it has not been. c(rank, ranks, ranks on this machine, its cores)
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector mpi_start_cpp() {
  if (!mpi_runs()) {
    int given;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
  }
  int rank, ranks, here;
  MPI_Comm node;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
  MPI_Comm_size(node, &here);
  MPI_Comm_free(&node);
  return Rcpp::IntegerVector::create(rank, ranks, here,
                                     static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

// The texts of all ranks, in their order.
// [[Rcpp::export(rng = false)]]
Rcpp::CharacterVector mpi_gather_cpp(std::string text) {
  int ranks, length = static_cast<int>(text.size());
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  std::vector<int> lengths(ranks), begins(ranks);
  MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, MPI_COMM_WORLD);
  for (int rank = 1; rank < ranks; ++rank) begins[rank] = begins[rank - 1] + lengths[rank - 1];
  std::string all(begins.back() + lengths.back(), ' ');
  MPI_Allgatherv(text.data(), length, MPI_CHAR, &all[0], lengths.data(), begins.data(), MPI_CHAR,
                 MPI_COMM_WORLD);
  Rcpp::CharacterVector result(ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    const std::string theirs = all.substr(begins[rank], lengths[rank]);
    result[rank] = Rf_mkCharLenCE(theirs.data(), lengths[rank], CE_UTF8);
  }
  return result;
}

// The bytes of rank 0, on all ranks.
// [[Rcpp::export(rng = false)]]
Rcpp::RawVector mpi_share_cpp(Rcpp::RawVector bytes) {
  constexpr double most = 1 << 30;
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  double size = static_cast<double>(bytes.size());
  MPI_Bcast(&size, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  Rcpp::RawVector result = rank == 0 ? bytes : Rcpp::RawVector(static_cast<R_xlen_t>(size));
  for (double done = 0; done < size; done += most) {
    MPI_Bcast(result.begin() + static_cast<R_xlen_t>(done),
              static_cast<int>(std::min(most, size - done)), MPI_BYTE, 0, MPI_COMM_WORLD);
  }
  return result;
}

// The sum of x over all ranks, as training adds up gradients, `times` times, and the seconds of the
// fastest: list(sum, seconds). For bench/scaling.R and tests/mpi.
// [[Rcpp::export(rng = false)]]
Rcpp::List mpi_sum_cpp(Rcpp::NumericVector x, bool single, int times) {
  MpiPeers peers;
  std::vector<double> doubles;
  std::vector<float> floats;
  double figures[4] = {}, seconds = R_PosInf;
  for (int k = 0; k < times; ++k) {
    doubles.assign(x.begin(), x.end());
    floats.assign(x.begin(), x.end());
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    if (single) {
      peers.sum(figures, 4, floats.data(), floats.size());
    } else {
      peers.sum(figures, 4, doubles.data(), doubles.size());
    }
    seconds = std::min(seconds, MPI_Wtime() - start);
  }
  const Rcpp::NumericVector sum = single ? Rcpp::NumericVector(floats.begin(), floats.end())
                                         : Rcpp::NumericVector(doubles.begin(), doubles.end());
  return Rcpp::List::create(Rcpp::Named("sum") = sum, Rcpp::Named("seconds") = seconds);
}

// Ends all ranks at once, this one too.
// [[Rcpp::export(rng = false)]]
void mpi_abort_cpp() {
  if (mpi_runs()) MPI_Abort(MPI_COMM_WORLD, 1);
}

// Ends MPI, when all ranks have come here.
// [[Rcpp::export(rng = false)]]
void mpi_finish_cpp() {
  if (mpi_runs()) MPI_Finalize();
}

#else

std::unique_ptr<feedforward::Peers> mpi_peers() { return nullptr; }

bool mpi_available_cpp() { return false; }
Rcpp::IntegerVector mpi_start_cpp() { return {0, 1, 1, 1}; }
Rcpp::CharacterVector mpi_gather_cpp(std::string text) { return text; }
Rcpp::RawVector mpi_share_cpp(Rcpp::RawVector bytes) { return bytes; }
Rcpp::List mpi_sum_cpp(Rcpp::NumericVector x, bool, int) { return Rcpp::List::create(x); }
void mpi_abort_cpp() {}
void mpi_finish_cpp() {}

#endif
