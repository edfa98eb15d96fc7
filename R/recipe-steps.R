# Steps of a recipe that take the outcome. recipes runs those with `skip = TRUE` in training
# only, and cannot run the others on data without the outcome.

# The names of the functions of such steps, in a prepared recipe; none for other blueprints.
steps_on_outcome <- function(blueprint, skipped) {
  outcomes <- names(blueprint$ptypes$outcomes)
  # Skipped steps that only choose rows leave each outcome what it is; those of other
  # packages that make rows up are for classes.
  if (skipped) outcomes <- outcomes[vapply(blueprint$ptypes$outcomes, is.numeric, TRUE)]
  steps <- Filter(function(step) {
    isTRUE(step$skip) == skipped && any(outcomes %in% columns_of_step(step)) &&
      !(skipped && inherits(step, "step_naomit"))
  }, blueprint$recipe$steps)
  vapply(steps, function(step) class(step)[1L], "")
}

# recipes has no one place for the columns that a prepared step takes: they are among its
# text, or name its numbers.
columns_of_step <- function(step) {
  # Steps that learn from the outcome, and then do without it, name it as `outcome`.
  others <- c("terms", "role", "trained", "skip", "id", "outcome", "outcomes")
  parts <- unclass(step)[setdiff(names(step), others)]
  unlist(lapply(parts, function(part) {
    c(if (is.character(part)) part, names(part), if (is.matrix(part)) colnames(part))
  }))
}

weights_in_recipe <- function(blueprint) "case_weights" %in% blueprint$recipe$var_info$role
