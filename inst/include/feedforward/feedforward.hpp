// The whole core: plain C++17 on Armadillo, without R.
#ifndef FEEDFORWARD_FEEDFORWARD_HPP
#define FEEDFORWARD_FEEDFORWARD_HPP

#include "chunks.hpp"
#include "moments.hpp"
#include "prepare.hpp"
#include "train.hpp"

#endif
