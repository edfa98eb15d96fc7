# Training on several machines: the argument `cluster`, and how ranks start and end. What they tell
# each other during a call is in cluster-ranks.R, and the sums of gradients are in src/r_mpi.cpp.

#' Train on several machines
#'
#' Several processes, on one machine or many, train one network together over MPI. Each computes the
#' gradients of a part of every batch, and all use the sum. The network is the same as from one
#' process, except for rounding.
#'
#' @section Installation:
#' Install an MPI library first, such as Debian's `libopenmpi-dev` and `openmpi-bin`, or load the
#' module of your computing center. Then install the package from source with
#' `R CMD INSTALL --configure-args=--with-mpi`, or with
#' ```r
#' install.packages("feedforward", type = "source", configure.args = "--with-mpi")
#' ```
#' To choose between several, name the compiler: `--with-mpi=/path/to/mpicxx`. All machines need the
#' same versions of R, MPI, and this package. Windows is not supported.
#'
#' @section How to start:
#' Write a script as for one process, with one more argument:
#' ```r
#' library(feedforward)
#' set.seed(1)
#' fit <- feedforward(y ~ ., data, batch_size = 1024, cluster = cluster_mpi())
#' if (cluster_mpi()$rank == 0) saveRDS(fit, "fit.rds")
#' ```
#' MPI runs several copies of it, called ranks and counted from 0. To start four of them on this
#' machine, write
#' ```
#' mpirun -n 4 Rscript train.R
#' ```
#' Add `--hostfile` for other machines. A job file for Slurm could be:
#' ```
#' #!/bin/bash
#' #SBATCH --nodes=4 --ntasks-per-node=2 --cpus-per-task=16
#' srun --cpus-per-task=16 Rscript train.R
#' ```
#' Every rank runs the whole script, so all must read the same data and make the same calls with
#' `cluster`, in the same order. What must happen only once, such as writing a file, goes behind an
#' `if`, as above. Without `mpirun` or `srun`, there is one rank, and `cluster` has no effect.
#'
#' @section What each rank does:
#' - With data in memory, every rank holds all rows, so ranks save time, but not memory. With a
#'   [data_source()], each rank reads all rows once, and then only its own part in each epoch.
#'   `buffer_rows` counts the rows of all ranks together.
#' - The ranks exchange gradients after every batch, so large batches are faster. Use 1024 rows or
#'   more.
#' - All ranks use the random numbers of rank 0, so [set.seed()] on rank 0 decides the result, and
#'   the batches are the same as with one process. The same number of ranks gives the same network
#'   again, bit for bit. Another number gives the same network except for rounding. With `dropout`,
#'   it gives another network, because each rank draws the units that it leaves out.
#' - Only rank 0 shows progress, messages, and warnings, calls `on_epoch`, and writes checkpoints.
#'   If `on_epoch` returns `FALSE` or one rank is interrupted, all stop after the same batch.
#' - Every rank gets the whole model.
#' - Each rank uses `threads` threads: by default, the number of cores divided by the number of
#'   ranks on the machine, unless the option or environment variable of [feedforward_threads] is
#'   set. All ranks use vector instructions that every processor has.
#'
#' @returns A list of class `feedforward_cluster` for the argument `cluster` of [feedforward()],
#'   [continue_training()], and [resume_training()], with whole numbers: `rank`, from 0; `ranks`,
#'   the number of ranks; `here`, the number of ranks on this machine; and `cores`, the number of
#'   its cores. It is only valid in this R session.
#'
#' @section Errors:
#' - An error of class `feedforward_error` if the package was installed without MPI.
#' - If a rank has other data or arguments than rank 0, or cannot read its data, all ranks raise an
#'   error of class `feedforward_error` before training starts. It names the rank and what differs.
#' - If the script or training fails on one rank, that rank prints the error and ends all ranks. A
#'   script that sets `options(error = )` must call `quit(status = 1)` there.
#' - If a rank is killed, `mpirun` ends the others. With `checkpoint`, [resume_training()] can
#'   continue, also with another number of ranks.
#'
#' @seealso [feedforward()] for the argument `cluster`; [resume_training()].
#'
#' @examples
#' # Needs a package that was installed with MPI
#' tryCatch(cluster_mpi(), feedforward_error = function(e) message(conditionMessage(e)))
#' @export
cluster_mpi <- function() {
  if (!mpi_available_cpp()) {
    stop_feedforward("This installation of feedforward has no MPI.",
      i = "Install an MPI library such as Open MPI, then this package from source with
           {.code configure.args = \"--with-mpi\"}. See {.help cluster_mpi}."
    )
  }
  if (is.null(meeting$place)) start_mpi()
  structure(meeting$place, class = "feedforward_cluster")
}

#' @rdname cluster_mpi
#' @param x A cluster.
#' @param ... Not used.
#' @export
print.feedforward_cluster <- function(x, ...) {
  check_cluster(x, "x")
  cat(sprintf("MPI cluster of %s: this is rank %d\n", counted(x$ranks, "rank"), x$rank))
  invisible(x)
}

# What this rank knows of the cluster. `place` is NULL before MPI was started. `phase` says what the
# other ranks expect next:
# - "apart": that this rank starts a training, or ends;
# - "joined": that it is ready to train, or says why it is not;
# - "training": sums of gradients. Now it cannot leave without ending the others.
meeting <- new.env(parent = emptyenv())
meeting$phase <- "apart"

start_mpi <- function() {
  place <- as.list(rlang::set_names(mpi_start_cpp(), c("rank", "ranks", "here", "cores")))
  meeting$place <- place
  meeting$process <- Sys.getpid()
  reg.finalizer(meeting, leave_mpi, onexit = TRUE)
  # Otherwise, the other ranks would wait for one that has failed.
  if (place$ranks > 1L && !interactive() && is.null(getOption("error"))) {
    options(error = end_after_error)
  }
}

# At the end of the session. The ranks wait for each other, as MPI demands.
leave_mpi <- function(...) {
  # Not in a fork, which has no part in MPI.
  if (Sys.getpid() != meeting$process) {
    return()
  }
  if (meeting$phase == "training") end_all_ranks("The session ended during training.")
  if (!all(mpi_gather_cpp(leaving) == leaving)) {
    end_all_ranks("The session ended, but other ranks want to train.")
  }
  mpi_finish_cpp()
}

# What a rank says that ends, in place of greeting().
leaving <- "leaving"

# For options(error = ). R also calls it for an interrupt that training answers. Errors within
# training come to report_failure() instead.
end_after_error <- function() {
  if (meeting$phase != "training") end_all_ranks("It ended with an error, so all ranks end.")
}

# Says why, and ends all ranks including this one.
end_all_ranks <- function(text) {
  place <- meeting$place
  message(sprintf("Rank %d of %d: %s", place$rank, place$ranks, text))
  # Others might be about to print an error of their own.
  Sys.sleep(0.5)
  mpi_abort_cpp()
}

# Returns NULL or the cluster.
check_cluster <- function(x, arg = "cluster") {
  if (is.null(x) && arg == "cluster") {
    return(NULL)
  }
  maker <- if (identical(x, cluster_mpi)) "cluster_mpi()"
  wanted <- paste0(if (arg == "cluster") "NULL or ", "the result of `cluster_mpi()`")
  check_that(inherits(x, "feedforward_cluster") && is.list(x), x, arg, wanted,
    hint = hint_for_maker(x, maker)
  )
  if (!identical(unclass(x), meeting$place)) {
    stop_feedforward("{.arg {arg}} was changed, or is from another session.",
      i = "Call {.fn cluster_mpi} again."
    )
  }
  x
}

# Whether one process trains alone, as without MPI.
is_alone <- function(cluster) is.null(cluster) || cluster$ranks == 1L
