use_harness("long-inputs")

# A file with the parts of a model, changed before it is written: its digest is right.
changed_file <- function(change, fit = example_model(inputs = "formula"), env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".safetensors", .local_envir = env)
  parts <- change(model_to_tensors(fit))
  write_tensors(path, parts$tensors, parts$metadata)
  path
}
refused <- function(change, text, ...) {
  expect_refusal(read_model(changed_file(change, ...)), text)
}

test_that("damaged files are refused, wherever the damage is", {
  path <- withr::local_tempfile()
  write_model(example_model(inputs = "formula"), path)
  bytes <- readBin(path, "raw", file.size(path))
  set.seed(7)
  results <- vapply(1:200, function(i) outcome(read_model(temp_file(mutate_bytes(bytes)))), "")
  expect_identical(unique(results), "refused")
  expect_refusal(read_model(file.path(tempdir(), "nothing.safetensors")), "does not exist")
  expect_error(read_model(3), class = "feedforward_error")
})

test_that("errors show the function that the user called", {
  cnd <- expect_error(read_model(temp_file(raw(20))))
  expect_identical(cnd$call[[1]], quote(read_model))
})

test_that("a model of a newer version is refused, and the error says so", {
  path <- changed_file(function(parts) {
    parts$metadata$model$version <- 2L
    parts
  })
  expect_error(read_model(path), "newer version", class = "feedforward_version_error")
})

test_that("a formula with forbidden functions is refused and never run", {
  flag <- tempfile()
  with_formula <- function(text) {
    function(parts) {
      parts$metadata$model$blueprint$formula <- text
      parts
    }
  }
  run <- sprintf("file.create(\"%s\")", flag)
  hit <- function(text, why) refused(with_formula(text), why)
  hit(sprintf("y ~ size + %s", run), "a call to `file.create()`")
  hit(sprintf("y ~ log(%s)", run), "a call to `file.create()`")
  hit(sprintf("y ~ log(size, base = %s)", run), "a call to `file.create()`")
  hit(sprintf("%s; y ~ size", run), "not a single formula")
  hit(sprintf("y ~ (function() %s)()", run), "a call to")
  hit(sprintf("`~`(y, size, %s)", run), "a form other than `outcome ~ predictors`")
  hit(sprintf("%s ~ size", run), "a call to `file.create()`")
  hit("y ~ base::system(\"true\")", "a call to `base::system()`")
  hit("y ~ I(quote(x))", "a call to `quote()`")
  hit("y ~ size + 'text'", "the value")
  hit("y ~ size + elsewhere", "`elsewhere`, which is not a column")
  hit("y ~ log(, size)", "an argument without a value")
  hit("~ size", "a form other than `outcome ~ predictors`")
  hit("y ~ size ~ z", "a call to `~()`")
  hit("size", "a form other than `outcome ~ predictors`")
  hit("", "not a single formula")
  hit("y ~ ((", "columns that do not fit together")
  hit(paste("y ~", strrep("(", 10000), "size"), "columns that do not fit together")
  expect_false(file.exists(flag))
})

test_that("files whose parts do not fit together are refused", {
  set_model <- function(key, value) {
    function(parts) {
      parts$metadata$model[key] <- list(value)
      parts
    }
  }
  refused(function(parts) list(tensors = parts$tensors, metadata = list()), "has no model")
  lacking <- "lacks some of the model's parameters"
  refused(function(parts) list(tensors = list(), metadata = parts$metadata), lacking)
  refused(function(parts) {
    parts$tensors$W2 <- matrix(0, 2, 2)
    parts
  }, "parameters$W2")
  refused(function(parts) {
    parts$tensors$history.loss <- 1
    parts
  }, "history")
  refused(set_model("parameters", NULL), lacking)
  refused(set_model("history", 5), "history")
  refused(set_model("history", character()), "history")
  refused(set_model("inputs", NULL), "does not describe the model's inputs")
  refused(set_model("outcome", list(kind = "ranks")), "an `outcome$kind` other than")
  refused(set_model("architecture", "none"), "no `architecture`")
  refused(set_model("options", 1), "`options`")
  refused(set_model("blueprint", NULL), "a `blueprint` that does not fit")
  refused(set_model("blueprint", "text"), "columns without a valid name and type")
  refused(function(parts) {
    parts$metadata$model$parameters$W1$dim[[2]] <- c("too", "few")
    parts
  }, "names that do not fit a tensor")
})

test_that("a quantile loss needs a quantile between 0 and 1", {
  set.seed(1)
  fit <- feedforward(mpg ~ wt, mtcars, hidden_units = 2, epochs = 1, loss = "quantile",
    quantile = 0.9)
  set_quantile <- function(value) {
    function(parts) {
      parts$metadata$model$architecture$quantile <- value
      parts
    }
  }
  expect_identical(read_model(changed_file(identity, fit)), fit)
  hostile <- list(
    "0.5", 2, 0, 1, -1, c(0.1, 0.9), NaN, Inf, NA_real_, TRUE, NULL, list(0.5), list()
  )
  for (value in hostile) {
    refused(set_quantile(value), "no `architecture$quantile` between 0 and 1", fit)
  }
})

test_that("columns without a valid name and type are refused", {
  change_columns <- function(key, value) {
    function(parts) {
      parts$metadata$model$blueprint$predictors[[1]][key] <- list(value)
      parts
    }
  }
  kind <- "columns without a valid name and type"
  refused(change_columns("type", "Date"), kind)
  refused(change_columns("type", NULL), kind)
  refused(change_columns("name", 5), kind)
  refused(change_columns("levels", c("a", "a")), kind)
  refused(change_columns("type", "factor"), kind)
  refused(function(parts) {
    parts$metadata$model$blueprint$settings$intercept <- "yes"
    parts
  }, kind)
  refused(function(parts) {
    parts$metadata$model$blueprint$settings$system <- "ls"
    parts
  }, kind)
  refused(function(parts) {
    parts$metadata$model$blueprint$settings$indicators <- "none of these"
    parts
  }, "columns that do not fit together")
})

test_that("tensors and metadata with other names are ignored", {
  fit <- example_model()
  path <- changed_file(function(parts) {
    parts$tensors$state.order <- 1:9
    parts$metadata$checkpoint <- list(kind = "matrix")
    parts
  }, fit)
  expect_identical(read_model(path), fit)
})

test_that("formulas with too many terms or powers are refused before they are expanded", {
  names <- paste0("a", 1:18)
  widths <- rlang::set_names(rep(1, 19), c(names, "y"))
  sum <- paste(names, collapse = " + ")
  problem <- function(right, widths) formula_problem(str2lang(paste("y ~", right)), widths)
  expect_match(problem(strrep("(", 30) |> paste0(sum, strrep(")^3", 30)), widths), "more terms")
  expect_match(problem(sprintf("(%s)^18", sum), widths), "a power above 3")
  expect_match(problem(sprintf("((%s)^3)^3", sum), widths), "more terms")
  expect_match(problem(sprintf("(%s)^y", sum), widths), "a power above 3")
  expect_match(formula_problem(str2lang(sprintf("(%s)^18 ~ y", sum)), widths), "a power above 3")
  expect_match(problem(paste(names, collapse = " * "), widths), "more terms")
  expect_match(problem(sprintf("(%s):(%s):(%s):(%s)", sum, sum, sum, sum), widths), "more terms")
  expect_match(problem(".:.:.:.", widths), "more terms")
  expect_match(problem("a1:a2", replace(widths, 1:2, 1e4)), "more terms")
  expect_null(problem(sprintf("(%s)^3 + I(a1^18) + log(a2)^2", sum), widths))
  expect_null(problem("(a1 - a2 / a3) * a4 %in% a5 + .", widths))
  long <- rlang::set_names(rep(1, 3001), c(paste0("b", 1:3000), "y"))
  expect_null(problem(".", long))
  expect_null(problem(paste(names(long)[1:1000], collapse = " + "), long))
})

test_that("a formula in a file must give the columns of its network", {
  fit <- quick_fit(Species ~ Sepal.Length + Sepal.Width, iris)
  parts <- model_to_tensors(fit)
  parts$metadata$model$blueprint$formula <- "Species ~ Sepal.Length * Sepal.Width"
  path <- withr::local_tempfile()
  write_tensors(path, parts$tensors, parts$metadata)
  expect_refusal(read_model(path), "columns that do not fit together")
})

test_that("a missing argument is an error", {
  expect_refusal(read_model(), "`path` is missing", "feedforward_error")
  expect_refusal(write_model(), "`fit` is missing", "feedforward_error")
  expect_refusal(write_model(example_model()), "`path` is missing", "feedforward_error")
})

test_that("a long formula is refused", {
  widths <- c(a = 1, y = 1)
  for (read in long_formulas()) expect_error(read(), "more terms than a file can")
  long <- paste("y ~", paste(rep("a", 500), collapse = "+"))
  expect_s3_class(parse_formula(long, widths), "formula")
  # Two columns of 900 levels each are 810000 together.
  expect_match(formula_problem(y ~ a:b, c(a = 900, b = 900, y = 1)), "more terms")
})
