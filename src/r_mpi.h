// The other ranks of a training over MPI, where the package was built with it (configure). Without
// it, everything here is there, but says that there are none.
#ifndef FEEDFORWARD_R_MPI_H
#define FEEDFORWARD_R_MPI_H

#include <feedforward/peers.hpp>

#include <memory>

// A null pointer without MPI. R has started it before (mpi_start_cpp()).
std::unique_ptr<feedforward::Peers> mpi_peers();

#endif
