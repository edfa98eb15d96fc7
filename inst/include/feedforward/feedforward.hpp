// The whole core: plain C++17 on Armadillo, without R. Other packages get it by `LinkingTo`, and
// start from train() in train.hpp, or from forward() in network.hpp to predict.
#ifndef FEEDFORWARD_FEEDFORWARD_HPP
#define FEEDFORWARD_FEEDFORWARD_HPP

#include "chunks.hpp"
#include "columns.hpp"
#include "members.hpp"
#include "moments.hpp"
#include "peers.hpp"
#include "prepare.hpp"
#include "row_file.hpp"
#include "stream.hpp"
#include "train.hpp"

#endif
