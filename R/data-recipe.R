# Recipes of the recipes package.

read_recipe <- function(recipe, data, allow_missing = FALSE) {
  check_that(is.list(recipe), recipe, "x", "a recipe")
  rlang::check_installed("recipes", "to use a recipe.")
  # The recipe decides what to do with factors and text.
  data <- plain_columns(check_frame(data, "data"), NULL)
  # Newer versions of recipes compare the data with the types in the recipe.
  if (is.data.frame(recipe$ptype)) recipe$ptype <- plain_columns(bare_frame(recipe$ptype), NULL)
  # The recipe also decides what to do with new levels.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  molded <- with_hardhat(hardhat::mold(recipe, data, blueprint = blueprint), "data")
  result <- read_molded(molded, "recipe", "data", data, allow_missing)
  weights <- molded$extras$roles$case_weights
  if (length(weights)) result$case_weights <- weights[[1L]]
  result
}

weights_in_recipe <- function(blueprint) "case_weights" %in% blueprint$recipe$var_info$role

# Predictions have one row for each row of new data.
check_same_rows <- function(x, data, arg) {
  if (nrow_of(x) != nrow(data)) {
    stop_feedforward("The recipe must keep all {nrow(data)} rows of {.arg {arg}}, but it keeps \
                      {nrow_of(x)}.",
      i = "Set {.code skip = TRUE} in steps that remove rows, so that only training runs them."
    )
  }
}

# ---- Steps on the outcome --------------------------------------------------------

# Steps of a recipe that use the outcome. recipes runs those with `skip = TRUE` only in training,
# and cannot run the others on data without the outcome.

# The function names of such steps in a prepared recipe.
steps_on_outcome <- function(blueprint, skipped) {
  outcomes <- names(blueprint$ptypes$outcomes)
  # Skipped steps that only choose rows do not change outcomes. Steps of other packages that add
  # rows are for classification.
  if (skipped) outcomes <- outcomes[vapply(blueprint$ptypes$outcomes, is.numeric, TRUE)]
  steps <- Filter(function(step) {
    isTRUE(step$skip) == skipped && any(outcomes %in% columns_of_step(step)) &&
      !(skipped && inherits(step, "step_naomit"))
  }, blueprint$recipe$steps)
  vapply(steps, function(step) class(step)[1L], "")
}

# A prepared step has the names of its columns in strings, or as names of its numbers.
columns_of_step <- function(step) {
  # Steps that use the outcome only in training keep its name in `outcome`.
  others <- c("terms", "role", "trained", "skip", "id", "outcome", "outcomes")
  parts <- unclass(step)[setdiff(names(step), others)]
  unlist(lapply(parts, function(part) {
    c(if (is.character(part)) part, names(part), if (is.matrix(part)) colnames(part))
  }))
}

# A recipe with steps on the outcome cannot read data without the outcome.
refuse_steps_on_outcome <- function(blueprint, arg) {
  steps <- steps_on_outcome(blueprint, skipped = FALSE)
  if (length(steps)) {
    step <- steps[1L]
    names <- listed(names(blueprint$ptypes$outcomes), quote = "`")
    stop_feedforward("{.arg {arg}} has no outcome {names}, which {.fn {step}} of the recipe uses.",
      i = "To predict, transform the outcome in the data first, not in the recipe."
    )
  }
}

# Skipped steps transform the outcome in training, but not in new data.
refuse_skipped_steps <- function(blueprint, arg) {
  steps <- steps_on_outcome(blueprint, skipped = TRUE)
  if (length(steps)) {
    step <- steps[1L]
    stop_feedforward("{.fn {step}} of the recipe does not transform the outcome of {.arg {arg}}.",
      x = "It has {.code skip = TRUE}, so only training runs it.",
      i = "Transform the outcome in the data first, not in the recipe."
    )
  }
}
