# Every exported function with arguments that nobody should give: a result that makes sense, or one
# error of class feedforward_error; see harness/hostile.R.

use_harness("hostile")

# A temporary folder, device, seed and cache for calls that may leave something behind.
local_hostile_place <- function(env = parent.frame()) {
  withr::local_timezone("UTC", .local_envir = env)
  folder <- withr::local_tempdir(.local_envir = env)
  withr::local_dir(folder, .local_envir = env)
  cache <- withr::local_tempdir(.local_envir = env)
  withr::local_envvar(FEEDFORWARD_MNIST = "", R_USER_CACHE_DIR = cache, .local_envir = env)
  # Pages are opened by nothing.
  withr::local_options(feedforward.mnist = NULL, viewer = NULL, browser = function(url) NULL,
    .local_envir = env)
  withr::local_seed(1, .local_envir = env)
  device <- grDevices::dev.cur()
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off(), envir = env)
}

quietly <- function(code) {
  utils::capture.output(value <- code)
  value
}

test_that("the hostile calls include every exported function and method", {
  local_hostile_place()
  calls <- hostile_calls()
  methods <- getNamespaceInfo("feedforward", "S3methods")[, 1:2]
  methods <- paste(methods[, 1L], methods[, 2L], sep = ".")
  # The default method only refuses.
  expected <- setdiff(c(getNamespaceExports("feedforward"), methods), c(
    "feedforward", "feedforward.default", "feedforward_cv", "feedforward_cv.default",
    "data_source", "data_source.default",
    # References to data outside of R, which cannot be copied to see whether they change.
    "data_source.DBIConnection", "data_source.tbl_sql", "data_source.big.matrix",
    # A method for zeallot, which calls it with such digits only.
    "destructure.feedforward_digits",
    # The columns of a table are no object of the user.
    paste0(c("[", "as.matrix", "dim", "dimnames"), ".feedforward_columns"),
    # Without arguments, and a method for its result, which is not there without MPI.
    "cluster_mpi", "print.feedforward_cluster",
    # Refused for any model or source.
    "as.data.frame.feedforward_source",
    "model.frame.feedforward", "model.matrix.feedforward", "autoplot.feedforward_cv",
    # Generics of another package.
    "tidy", "glance", "augment", "required_pkgs",
    # A constant, and methods for vetiver and DALEX, which call them with models only.
    "required_pkgs.feedforward", "yhat.feedforward", "model_info.feedforward",
    paste0("vetiver_", c("create_description", "create_meta", "prepare_model", "ptype"),
      ".feedforward"),
    "handler_startup.feedforward", "handler_predict.feedforward",
    if (!requireNamespace("ggplot2", quietly = TRUE)) {
      paste0("autoplot.", c(
        "feedforward", "feedforward_confusion", "feedforward_confusion_table",
        "feedforward_importance"
      ))
    },
    if (!requireNamespace("Matrix", quietly = TRUE)) {
      c("feedforward.Matrix", "feedforward_cv.Matrix")
    },
    if (!recipes_work()) c("feedforward.recipe", "feedforward_cv.recipe")
  ))
  expect_setequal(unique(sub(" .*", "", names(calls))), expected)
  # Their files do not exist, so that nothing is read.
  unread <- c("dataset_mnist", "read_idx", "read_npy", "read_npz", "read_model",
    "data_source.character")
  for (name in setdiff(names(calls), unread)) {
    tried <- quietly(call_hostile(calls[[name]]$f, calls[[name]]$args))
    expect_identical(tried$kind, "taken", info = name)
    expect_true(calls[[name]]$fits(tried$value, calls[[name]]$args), info = name)
  }
})

test_that("a few hostile values are refused everywhere", {
  local_hostile_place()
  tried <- quietly(with_replaced("stop_feedforward", light_stop, {
    try_hostile(hostile_calls(), hostile_values(), c("null", "text", "list"))
  }))
  expect_identical(toString(tried$problems), "")
  expect_gte(tried$made, 1000L)
})

test_that("each hostile value is accepted or refused as documented", {
  skip_on_cran()
  skip_if_not_installed("Matrix")
  local_hostile_place()
  tried <- quietly(with_replaced("stop_feedforward", light_stop, {
    try_hostile(hostile_calls(), hostile_values())
  }))
  expect_identical(toString(tried$problems), "")
  expect_gte(tried$made, 9000L)
})

test_that("messages describe hostile values briefly", {
  skip_on_cran()
  values <- hostile_values()
  for (name in names(values)) {
    tried <- call_hostile(to_categorical, list(y = c(0, 1), num_classes = values[[name]]))
    if (name == "null") next
    expect_identical(tried$kind, "refused", info = name)
    text <- conditionMessage(tried$value)
    expect_match(text, "`num_classes` (must be|is too large)|y.* must be", info = name)
    expect_true(validUTF8(text) && nchar(text) < 600L, info = name)
  }
})

test_that("hostile text gives valid messages that cannot steer the terminal", {
  skip_on_cran()
  local_hostile_place()
  values <- hostile_values()[c("markup", "not_utf8", "bytes", "long_text")]
  values$control <- "\033[2J\a\b\r\177\033]0;title\a"
  calls <- hostile_calls()
  made <- 0L
  # Each message is laid out, which takes time.
  for (name in names(calls)[seq(1L, length(calls), by = 4L)]) {
    case <- calls[[name]]
    for (arg in setdiff(names(case$args), case$made_of)) {
      for (with in names(values)) {
        args <- case$args
        args[arg] <- list(values[[with]])
        tried <- quietly(call_hostile(case$f, args))
        if (tried$kind != "refused") next
        made <- made + 1L
        text <- conditionMessage(tried$value)
        info <- sprintf("%s(%s = <%s>)", name, arg, with)
        expect_true(validUTF8(text), info = info)
        expect_false(grepl("[\001-\011\013-\037\177]", text), info = info)
        expect_lt(nchar(text), 2000L)
      }
    }
  }
  expect_gte(made, 100L)
})
