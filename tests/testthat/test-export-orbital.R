use_harness("export")

skip_without_orbital <- function(...) {
  skip_on_cran()
  for (package in c("orbital", "dplyr", ...)) skip_if_not_installed(package)
}

# The types that orbital() knows.
orbital_cases <- function() {
  known <- c("class", "prob")
  Filter(function(case) is.null(case$type) || all(case$type %in% known), export_cases())
}

orbital_of <- function(case) {
  orbital::orbital(case$fit, type = if (is.null(case$type)) default_export_types(case$fit))
}

# What parsnip returns for a model with this fit.
parsnip_fit <- function(fit) {
  mode <- if (fit$outcome$kind == "classes") "classification" else "regression"
  structure(list(lvl = fit$outcome$levels, spec = list(mode = mode), fit = fit),
    class = c("_feedforward", "model_fit"))
}

test_that("expressions of orbital give the predictions", {
  skip_without_orbital()
  cases <- orbital_cases()
  expect_gte(length(cases), 50L)
  for (name in names(cases)) {
    case <- cases[[name]]
    case$data <- case$data[case$keep, , drop = FALSE]
    case$keep <- seq_len(nrow(case$data))
    object <- orbital_of(case)
    expect_s3_class(object, "orbital_class")
    result <- cbind(key = case$data$key, as.data.frame(predict(object, case$data)))
    case$type <- if (is.null(case$type)) default_export_types(case$fit) else case$type
    expect_same_predictions(result, case, name)
  }
})

test_that("missing values and new levels make predictions missing", {
  skip_without_orbital()
  case <- export_cases()$kinds
  case$data <- case$data[-(1:4), ]
  case$keep <- -(1:5)
  result <- cbind(key = case$data$key, predict(orbital_of(case), case$data))
  expect_same_predictions(result, case, "kinds")
})

test_that("dbplyr translates the expressions", {
  skip_without_orbital("dbplyr", "RSQLite")
  withr::local_seed(1)
  cases <- export_cases()[c("numbers", "kinds", "labels", "missing_piecewise", "gelu", "poisson")]
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr::defer(DBI::dbDisconnect(con))
  for (name in names(cases)) {
    case <- cases[[name]]
    data <- case$data[case$keep, ]
    data$yes <- as.integer(data$yes)
    data$no <- as.integer(data$no)
    data[] <- lapply(data, function(column) if (is.factor(column)) as.character(column) else column)
    DBI::dbWriteTable(con, name, data)
    object <- orbital_of(case)
    queried <- dplyr::collect(predict(object, dplyr::tbl(con, name)))
    expected <- predict(object, case$data[case$keep, ])
    expect_named(queried, names(expected))
    for (column in names(expected)) {
      if (is.character(expected[[column]])) {
        expect_identical(queried[[column]], expected[[column]])
      } else {
        expect_lt(distance(queried[[column]], +expected[[column]]), 1e-11, label = name)
      }
    }
    sql <- orbital::orbital_sql(object, con)
    expect_named(sql, names(object))
  }
})

test_that("models of parsnip work, also behind a recipe", {
  skip_without_orbital()
  data <- cases_data()
  fit <- small_fit(class ~ a + whole, data = data)
  object <- orbital::orbital(parsnip_fit(fit), type = c("class", "prob"), prefix = "p")
  result <- predict(object, data)
  expect_named(result, c("p_class", "p_u", "p_v", "p_w"))
  expect_lt(distance(as.matrix(result[-1L]), predict(fit, data, type = "prob", format = "matrix")),
    1e-12)
  expect_identical(result$p_class, as.character(predict(fit, data)$.pred_class))
  expect_named(predict(orbital::orbital(parsnip_fit(fit)), data), ".pred_class")
  number <- small_fit(y ~ a + whole, data = data)
  result <- predict(orbital::orbital(parsnip_fit(number), prefix = "guess"), data)
  expect_named(result, "guess")
  expect_lt(distance(result$guess, predict(number, data)$.pred), 1e-12)
  skip_if_not(recipes_work())
  skip_if_not_installed("glue")
  steps <- recipes::recipe(y ~ a + whole, data)
  steps <- recipes::prep(recipes::step_normalize(steps, recipes::all_numeric_predictors()))
  baked <- recipes::bake(steps, data)
  number <- small_fit(y ~ a + whole, data = baked)
  object <- orbital::orbital(steps, orbital::orbital(parsnip_fit(number)))
  expect_lt(distance(dplyr::mutate(data, !!!orbital::orbital_inline(object))$.pred,
    predict(number, baked)$.pred), 1e-12)
})

test_that("expressions are saved and read as text", {
  skip_without_orbital("jsonlite")
  data <- cases_data()
  fit <- small_fit(class ~ a + f, data = data)
  object <- orbital::orbital(fit, type = c("class", "prob"))
  path <- withr::local_tempfile()
  orbital::orbital_json_write(object, path)
  expect_identical(predict(orbital::orbital_json_read(path), data), predict(object, data))
})

test_that("orbital() refuses what no expression can say", {
  skip_without_orbital()
  data <- cases_data()
  expect_refused <- function(code, text) expect_refusal(code, text, class = "feedforward_error")
  fit <- small_fit(y ~ log(abs(a)), data = data)
  expect_refused(orbital::orbital(fit), "`orbital()` cannot export a formula that computes terms")
  fit <- small_fit(unname(as.matrix(data["a"])), data$y)
  expect_refused(orbital::orbital(fit), "`orbital()` needs the names of all predictors")
  fit <- small_fit(y ~ a, data = data)
  expect_refused(orbital::orbital(fit, type = "prob"), "`type` must be one or more of \"numeric\"")
  expect_refused(orbital::orbital(fit, prefix = 1), "`prefix` must be a non-empty string")
})

test_that("a column with the name of an intermediate value is refused", {
  skip_if_not(requireNamespace("orbital", quietly = TRUE), "orbital cannot be loaded")
  withr::local_seed(1)
  data <- data.frame(a = stats::rnorm(20), ff_x1 = stats::rnorm(20), y = stats::rnorm(20))
  fit <- feedforward(y ~ a + ff_x1, data = data, hidden_units = 2, epochs = 2)
  expect_says(orbital::orbital(fit), "`ff_x1` for itself")
})
