# Columns of every kind, with names that need quotes.
table_of_all <- function(n = 30) {
  data.frame(
    g = rep(c(TRUE, FALSE, FALSE), length.out = n), a = seq_len(n) / 7, i = rep(1:5, n / 5),
    f = factor(rep(c("u", "v", "u", "v", "w"), n / 5), c("v", "u", "w")),
    s = rep(c("q", "p"), n / 2),
    o = factor(rep(1:3, n / 3), ordered = TRUE), `my col` = rev(seq_len(n)),
    `my f` = factor(rep(c("x y", "z"), n / 2)), h = rep(c(FALSE, TRUE), n / 2),
    y = sin(seq_len(n)), z = cos(seq_len(n)) + 2, check.names = FALSE
  )
}

# The columns that hardhat makes of a formula, with ordered factors and text as plain factors.
molded_by_hardhat <- function(formula, data) {
  data$o <- factor(data$o, ordered = FALSE)
  data$s <- factor(data$s)
  blueprint <- hardhat::default_formula_blueprint(
    intercept = FALSE, indicators = "one_hot", composition = "matrix"
  )
  hardhat::mold(formula, data, blueprint = blueprint)
}

test_that("a formula of columns gives the same result as its terms", {
  data <- table_of_all()
  formulas <- list(
    y ~ ., y ~ a, y ~ g, y ~ f + g + h, y ~ h + a + g, y ~ a + a, y ~ . - f - g, y ~ a - a + i,
    y ~ (a + g) - (a + f) + a, y ~ f + (h + i - h), y ~ `my col` + `my f`, y ~ -a + i, y ~ s + o,
    log(z) ~ ., y + z ~ ., cbind(y, z) ~ a, exp(y) ~ . - z, g ~ ., s ~ a + `my f`
  )
  for (formula in formulas) {
    expect_false(is.null(plain_predictors(formula, data)))
    read <- read_formula(formula, data)
    expected <- molded_by_hardhat(formula, data)
    expect_identical(as.matrix(read$x), expected$predictors)
    outcomes <- as.data.frame(expected$outcomes)
    if (ncol(outcomes) == 1L && is.factor(outcomes[[1]])) outcomes[[1]] <- paste(outcomes[[1]])
    expect_equal(as.data.frame(read$outcomes), outcomes, ignore_attr = TRUE)
    columns <- names(read$blueprint$ptypes$predictors)
    expect_true(all(columns %in% names(expected$blueprint$ptypes$predictors)))
    expect_true(is_of_columns(read$blueprint))
  }
})

test_that("a formula with functions has the same blueprint as in hardhat", {
  data <- table_of_all()
  data$o <- factor(data$o, ordered = FALSE)
  data$s <- factor(data$s)
  whole <- vapply(data, is.integer, TRUE) & !vapply(data, is.factor, TRUE)
  data[whole] <- lapply(data[whole], as.double)
  formulas <- list(
    y ~ poly(a, 2) + f, y ~ a * f + g, y ~ (a + f + g)^2, log(z) ~ scale(a) + s:o, y ~ . + log(z),
    cbind(y, z) ~ I(a^2), y + z ~ log(a)
  )
  for (formula in formulas) {
    read <- read_formula(formula, data)
    expected <- molded_by_hardhat(formula, data)
    expect_identical(as.matrix(read$x), expected$predictors)
    expect_identical(read$blueprint, expected$blueprint, ignore_formula_env = TRUE)
  }
})

test_that("models of formulas support all methods", {
  data <- table_of_all()
  for (formula in list(y ~ ., log(z) ~ . - f, y + z ~ a + g, y ~ poly(a, 2) + f)) {
    fit <- same_seed(quick_fit(formula, data))
    expect_identical(fit$inputs$kind, "formula")
    expect_identical(formula(fit), formula, ignore_formula_env = TRUE)
    expect_identical(predict(fit, data[7:8, ]), predict(fit, data)[7:8, ])
    expect_identical(same_seed(update(fit, data = data))$parameters, fit$parameters)
    expect_length(residuals(fit, data[1:4, ]), 4L * length(all.vars(formula[[2]])))
    validated <- quick_fit(formula, data, validation = data[1:9, ])
    expect_identical(validated$n[["validation"]], 9L)
    expect_identical(nrow(continue_training(fit, data = data, epochs = 2)$history), 5L)
  }
  path <- withr::local_tempfile()
  for (formula in list(y ~ ., y ~ . - f - g, log(z) ~ ., y + z ~ `my col` + g + `my f`)) {
    fit <- quick_fit(formula, data)
    write_model(fit, path)
    expect_identical(read_model(path), fit, ignore_formula_env = TRUE)
  }
  # The other kinds are logical values and ordered factors.
  again <- update(quick_fit(y ~ ., data), . ~ . - a - f, data = data)
  expect_identical(names(again$blueprint$ptypes$predictors), setdiff(names(data), c("a", "f", "y")))
})

test_that("models with the older blueprint for formulas of columns still work", {
  data <- example_data()
  fit <- example_model(inputs = "formula")
  old <- hardhat::mold(y ~ size + sort, data, blueprint = hardhat::default_formula_blueprint(
    intercept = FALSE, indicators = "one_hot", composition = "matrix"
  ))
  fit$blueprint <- old$blueprint
  fit$inputs$names <- colnames(fit$parameters$W1) <- colnames(old$predictors)
  expected <- predict(fit, data, type = "prob")
  new <- fit
  new$blueprint <- read_formula(y ~ size + sort, data)$blueprint
  expect_false(identical(class(new$blueprint), class(fit$blueprint)))
  expect_identical(predict(new, data, type = "prob"), expected)
  path <- withr::local_tempfile()
  for (model in list(fit, new)) {
    write_model(model, path)
    expect_identical(read_model(path), model, ignore_formula_env = TRUE)
    expect_identical(formula(model), y ~ size + sort, ignore_formula_env = TRUE)
    expect_length(residuals(model, data), 12L)
  }
  # hardhat before 1.4 has no `levels` in its blueprints.
  fit$blueprint$levels <- NULL
  write_model(fit, path)
  expect_identical(predict(read_model(path), data, type = "prob"), expected)
})

test_that("removed columns need not be usable, nor be in new data", {
  data <- data.frame(y = 1:12 / 5, a = 1:12, day = Sys.Date() + 1:12, id = letters[1:12])
  fit <- quick_fit(y ~ . - day - id, data)
  expect_identical(fit$inputs$names, "a")
  expect_identical(nrow(predict(fit, data["a"])), 12L)
  path <- withr::local_tempfile()
  write_model(fit, path)
  expect_identical(predict(read_model(path), data["a"]), predict(fit, data))
  expect_says(quick_fit(y ~ . - day, transform(data, id = day)), "Column `id`")
})

test_that("sums of thousands of columns are read", {
  wide <- as.data.frame(matrix(sin(1:12000), 4))
  wide$y <- c(1, 5, 2, 7)
  columns <- paste0("V", 1:3000)
  long <- stats::as.formula(paste("y ~", paste(columns, collapse = " + ")))
  for (formula in list(y ~ ., log(y) ~ ., y ~ . + y - V7, long)) {
    expect_identical(plain_predictors(formula, wide)[1:2], columns[1:2])
  }
  read <- read_formula(long, wide)
  expect_identical(as.matrix(read$x), as.matrix(wide[columns], rownames.force = FALSE))
  # No terms, whose number of comparisons is the square of that of columns.
  expect_null(read$blueprint$terms$predictors)
  parts <- blueprint_parts(read$blueprint)
  expect_identical(parts$kind, "columns")
})

test_that("missing values are named by row and column", {
  data <- table_of_all()
  for (name in c("a", "g", "f", "s", "my col", "my f")) {
    lacking <- data
    lacking[[name]][3] <- NA
    words <- sprintf("a missing value (NA) in row 3, column `%s`", name)
    expect_says(quick_fit(y ~ ., lacking), words)
    expect_says(predict(quick_fit(y ~ ., data), lacking), words)
  }
  data$z[5] <- NA
  expect_says(quick_fit(z ~ ., data), "row 5, column `z`")
})

test_that("an intercept changes nothing", {
  data <- table_of_all()
  expected <- same_seed(quick_fit(y ~ a + f, data))
  for (formula in list(y ~ a + f - 1, y ~ 0 + a + f, y ~ a + 1 + f, y ~ a + f + 0)) {
    fit <- same_seed(quick_fit(formula, data))
    expect_identical(fit$parameters, expected$parameters)
    expect_identical(formula(fit), formula, ignore_formula_env = TRUE)
  }
  expected <- read_formula(y ~ log(a) + f, data)$x
  expect_identical(read_formula(y ~ log(a) + f - 1, data)$x, expected)
  # These are no intercepts.
  expect_equal(read_formula(y ~ I(a - 1) + log(a + 0), data)$x,
    cbind(data$a - 1, log(data$a)), ignore_attr = TRUE)
})

test_that("operators on the left compute as in lm(), and a plus separates outcomes", {
  data <- table_of_all()
  outcome <- function(formula) as.vector(read_formula(formula, data)$outcomes)
  for (formula in list(I(y / 2) ~ a, y / 2 ~ a, y^2 ~ a, -y ~ a, y - z ~ a, y * z ~ a, y + 1 ~ a,
    2 * y ~ a, (y + z) / 2 ~ a)) {
    expect_identical(outcome(formula), unname(stats::model.response(stats::model.frame(
      stats::lm(formula, data)))) |> as.vector())
  }
  expect_named(read_formula(y + z ~ a, data)$outcomes, c("y", "z"))
  expect_named(read_formula(y^2 + log(z) ~ a, data)$outcomes, c("I(y^2)", "log(z)"))
  fit <- quick_fit(I(y / 2) ~ a, data)
  expect_equal(residuals(fit, data), data$y / 2 - predict(fit, data)$.pred, tolerance = 1e-12)
})

test_that("the contrasts option does not change columns", {
  data <- table_of_all()
  expected <- read_formula(y ~ a * f + log(z) + g, data)$x
  fit <- quick_fit(y ~ log(a) + f + g, data)
  predicted <- predict(fit, data)
  withr::local_options(contrasts = c("contr.sum", "contr.helmert"))
  expect_identical(read_formula(y ~ a * f + log(z) + g, data)$x, expected)
  expect_identical(predict(fit, data), predicted)
})

test_that("formulas compute terms, and refuse unsupported ones", {
  data <- cbind(small_table(), y = seq_len(40) / 3)
  fit <- quick_fit(log(y) ~ poly(a, 2) + a:f + sqrt(b), data)
  expect_identical(ncol(fit$parameters$W1), 6L)
  expect_identical(predict(fit, data[5, ]), predict(fit, data)[5, ])
  several <- quick_fit(a + y ~ b, data)
  expect_identical(names(predict(several, data)), c(".pred_a", ".pred_y"))
  expect_says(quick_fit(y ~ nope + a, data), "no column `nope`")
  expect_says(quick_fit(~a, data), "`formula`", "`~a`")
  expect_says(quick_fit(y ~ 1, data), "`formula` has no predictors", "intercept")
  expect_says(quick_fit(. ~ . - a, data), "has a dot on the left", "Name the outcome")
  own <- function(x) x^2
  expect_says(quick_fit(y ~ own(a), data),
    "`formula` cannot be evaluated", "Compute the term as a column of `data` first")
  expect_says(quick_fit(y ~ a + offset(b), data), "`offset()` is not supported")
  expect_says(suppressWarnings(quick_fit(y ~ log(-b), data)), "a missing value (NaN) in row 1")
  expect_says(quick_fit(y ~ ., transform(data, f = factor("k"))),
    "a factor with fewer than two levels", "`f`")
  expect_says(quick_fit(y ~ ., transform(data, f = "k")),
    "a factor with fewer than two levels", "`f`")
  expect_says(quick_fit(y ~ ., as.matrix(data[c("a", "y")])), "`data`", "a data frame")
  expect_says(quick_fit(y ~ ., data[0, ]), "at least 1 row")
})
