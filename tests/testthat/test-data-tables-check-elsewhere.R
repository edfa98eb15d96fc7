# The packages are not needed, because only the classes matter.
elsewhere <- function(...) structure(list(source = "a table"), class = c(...))

test_that("tables outside R are refused with a hint how to read them", {
  database <- elsewhere("tbl_SQLiteConnection", "tbl_dbi", "tbl_sql", "tbl_lazy", "tbl")
  tables <- list(
    database, elsewhere("Table", "ArrowTabular", "ArrowObject", "R6"),
    elsewhere("FileSystemDataset", "Dataset", "ArrowObject", "R6"),
    elsewhere("arrow_dplyr_query"), elsewhere("dtplyr_step_first", "dtplyr_step")
  )
  fit <- quick_fit(mpg ~ wt, mtcars)
  images <- quick_fit(array(runif(40), c(10, 2, 2)), rep(1:2, 5) / 3)
  for (table in tables) {
    expect_refused <- function(arg, code) {
      expect_says(code, sprintf("`%s` is a table of class", arg), class(table)[1L], "which is not in R yet",
        sprintf("dplyr::collect(%s)", arg))
    }
    expect_refused("x", quick_fit(table, mtcars$mpg))
    expect_refused("data", quick_fit(mpg ~ wt, table))
    expect_refused("data", quick_fit(mpg ~ wt, data = table))
    expect_refused("y", quick_fit(mtcars["wt"], table))
    expect_refused("validation", quick_fit(mpg ~ wt, mtcars, validation = table))
    expect_refused("new_data", predict(fit, table))
    expect_refused("new_data", predict(images, table))
    expect_refused("new_data", residuals(fit, table))
    expect_refused("data", continue_training(fit, data = table))
  }
  polars <- elsewhere("polars_data_frame", "polars_object")
  expect_says(predict(fit, polars), "as.data.frame(new_data)")
})

test_that("a lazy table with two dimensions is not taken for a matrix", {
  registerS3method("dim", "lazy_for_test", function(x) c(NA_integer_, 11L), asNamespace("base"))
  table <- elsewhere("lazy_for_test", "tbl_lazy")
  for (fit in list(quick_fit(mpg ~ wt, mtcars), quick_fit(as.matrix(mtcars[2:3]), mtcars$mpg))) {
    expect_says(predict(fit, table), "dplyr::collect(new_data)")
  }
})
