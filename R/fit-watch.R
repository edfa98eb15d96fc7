# Watching training: the user's function `on_epoch`, what it gets, and what follows from it.

# Returns list(call = the function that C++ calls after each epoch, or NULL; finish = a function of
# the trained model, to call after training; failure = a function that returns the error of
# `on_epoch`, or NULL). `as_model` turns the result of train_cpp() into what the user gets.
epoch_watcher <- function(on_epoch, epochs, outcome, as_model) {
  force(as_model)
  failure <- NULL
  began <- seconds_now()
  ask <- function(values) {
    current <- TRUE
    on.exit(current <- FALSE)
    model <- function() {
      if (!current) stop_record_over()
      as_model(trained_so_far_cpp(values$so_far))
    }
    run <- list(elapsed = seconds_now() - began, epochs = epochs, model = model)
    record <- c(epoch_row(values, outcome), run)
    tryCatch(
      if (isFALSE(allowInterrupts(on_epoch(record)))) stopped_by_on_epoch,
      interrupt = function(cnd) "interrupted",
      error = function(cnd) {
        failure <<- cnd
        paste("on_epoch failed:", readable(conditionMessage(cnd)))
      }
    )
  }
  list(
    call = if (!is.null(on_epoch)) undisturbed(ask),
    finish = function(model) finish_watching(on_epoch, model), failure = function() failure
  )
}

# Returns a function that C++ can call with the values of an epoch. Training draws the same numbers
# with and without it. Interrupts wait until `ask` allows them: anywhere else they would lose the
# model.
undisturbed <- function(ask) {
  force(ask)
  function(...) {
    suspendInterrupts({
      seed <- globalenv()[[".Random.seed"]]
      on.exit(set_seed_state(seed))
      answer <- ask(rlang::set_names(list(...), c("epoch", history_columns, "so_far")))
      # on.exit() is for jumps alone, as it runs when interrupts are allowed again.
      on.exit()
      set_seed_state(seed)
      answer
    })
  }
}

seconds_now <- function() proc.time()[["elapsed"]]

# Returns an epoch as a list with the names and units of its row in the history.
epoch_row <- function(values, outcome) {
  replace(as.list(history_frame(values, outcome)), "epoch", as.integer(values$epoch))
}

stop_record_over <- function() {
  stop_feedforward("{.fn model} of a record only works while {.arg on_epoch} runs.",
    i = "Call it inside {.arg on_epoch}, and keep the model that it returns."
  )
}

# A function such as live_plot() has a last word, which must not lose the model.
finish_watching <- function(on_epoch, model) {
  at_end <- attr(on_epoch, "at_end", exact = TRUE)
  if (is.null(at_end)) {
    return(invisible())
  }
  tell <- function(what, class, parent = NULL) {
    warn_feedforward("{.arg on_epoch} {what} after training.",
      i = "The network is not affected.", class = class, parent = parent
    )
  }
  tryCatch(at_end(model),
    interrupt = function(cnd) tell("was interrupted", "feedforward_interrupted"),
    error = function(cnd) tell("failed", "feedforward_on_epoch_failed", cnd)
  )
}

# The reason for the end of training in a model.
stopped_by_on_epoch <- "on_epoch returned FALSE"

# For these reasons, training ends after a complete epoch, as the user wanted.
wanted_endings <- c("no improvement", "converged", stopped_by_on_epoch)

check_on_epoch <- function(x) {
  wanted <- "a function of one argument"
  if (identical(x, live_plot)) {
    stop_input("on_epoch", wanted, "`live_plot` itself", hint_for_maker(x, "live_plot()"))
  }
  check_that(is.function(x), x, "on_epoch", wanted)
  # args() also knows the arguments of most primitive functions.
  arguments <- if (!is.null(args(x))) formals(args(x))
  # The first argument takes the record.
  is_absent <- function(default) identical(default, rlang::missing_arg())
  needed <- Filter(is_absent, arguments[-1L])
  needed <- setdiff(names(needed), "...")
  if (length(arguments) == 0L || length(needed) > 0L) {
    also <- if (length(needed)) sprintf("one that also needs `%s`", needed[1L])
    stop_input("on_epoch", wanted, if (is.null(also)) "a function without arguments" else also,
      hint = "Write it like `function(record) cat(record$epoch, record$loss, \"\\n\")`."
    )
  }
  x
}
