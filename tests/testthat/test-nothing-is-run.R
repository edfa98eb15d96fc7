# Files and models are data. The tests search all functions of the package for calls that could turn
# data into code. Each such call must be listed here.

use_harness("mutants")

makes_code <- c(
  "unserialize", "readRDS", "load", "source", "sys.source", "dget", "parse", "str2lang",
  "str2expression", "parse_expr", "parse_exprs", "parse_quo", "as.function", "fromJSON", "untar",
  "as.formula", "reformulate", "getExportedValue", "glue",
  "unzip", "system", "system2", "shell", "pipe", "dyn.load", "library.dynam"
)
runs_code <- c(
  "eval", "evalq", "eval.parent", "eval_tidy", "eval_bare", "exec", "inject", "attach", "do.call",
  "match.fun", "new_function", "call2", "library", "require", "attachNamespace"
)

known_uses <- c(
  "parse_formula parse" = "the text of a formula, of which nothing is run before call_problem()",
  "check_setting do.call" = "a constructor, its name one of a few",
  "mold_parts do.call" = "hardhat's constructors, with settings that are checked strings and flags",
  "arguments_of do.call" = "the arguments of feedforward() or feedforward_cv(), by its own names",
  "arguments_of new_function" = "the same",
  "of_sparsevctrs getExportedValue" = "functions of one package, by names written in the code",
  "options_to_continue do.call" = "training_arguments()",
  "check_candidate do.call" = "training_arguments(), with the arguments of a candidate, quoted",
  "evaluate_candidate eval" = "a call that the user has quoted",
  "fit_cv do.call" = "training_arguments()",
  "smallest_sum do.call" = "pmin() and pmax(), with numbers",
  "update.feedforward do.call" = "feedforward(), with checked options, quoted",
  "formula_text do.call" = "c()", "formula_size do.call" = "rbind()",
  "input_terms do.call" = "cbind()", "read_bytes do.call" = "c()", "as_number_matrix do.call" = "cbind()",
  "predict.feedforward do.call" = "predict_source(), with the arguments of predict()",
  "write_predictions do.call" = "chunk_predictor(), with the arguments of predict()",
  "format_columns do.call" = "paste()", "writing_template do.call" = "rbind()",
  "outcome_columns do.call" = "data.frame()",
  "value_of_rows eval" = "a function in the user's formula, as model.frame() does",
  "plot_over_epochs do.call" = "plot() and axis(), with quoted arguments",
  "draw_legend do.call" = "legend(), with strings and numbers",
  "draw_class_names do.call" = "text(), with strings and numbers"
)

# "function use" for each of the names that a function of the package mentions.
uses_of <- function(names) {
  namespace <- asNamespace("feedforward")
  functions <- Filter(is.function, mget(ls(namespace, all.names = TRUE), envir = namespace))
  found <- lapply(functions, function(f) {
    used <- c(all.names(body(f)), all.names(as.call(c(quote(f), as.list(formals(f))))))
    # An argument such as `source` is no function, unless it is called.
    intersect(names, c(setdiff(used, names(formals(f))), called_names(body(f))))
  })
  paste(rep(names(found), lengths(found)), unlist(found))
}

called_names <- function(code) {
  if (!is.recursive(code)) {
    return(NULL)
  }
  c(if (is.call(code) && is.symbol(code[[1L]])) as.character(code[[1L]]),
    unlist(lapply(as.list(code), called_names)))
}

test_that("only known functions make code of data", {
  expect_setequal(uses_of(c(makes_code, runs_code)), names(known_uses))
})

test_that("the search finds forbidden calls in a sample", {
  expect_true("with_member unz" %in% uses_of("unz"))
  expect_true("parse_json parse_json" %in% uses_of("parse_json"))
  expect_length(uses_of("no such function"), 0L)
  expect_setequal(called_names(quote(if (a) f(source) else source(b)[g()])),
    c("if", "f", "[", "source", "g"))
})

test_that("serialized R objects are never read", {
  run <- structure(list(version = 1L, run = quote(stop("run"))), class = "feedforward")
  folder <- withr::local_tempdir()
  readers <- list(
    read_idx, read_npy, read_npz, read_model,
    function(file) {
      file.copy(file, checkpoint_path(folder), overwrite = TRUE)
      resume_training(folder, matrix(0, 2, 2), 1:2)
    }
  )
  for (compress in list(TRUE, FALSE, "bzip2", "xz")) {
    file <- withr::local_tempfile()
    saveRDS(run, file, compress = compress)
    for (read in readers) expect_refusal(read(file), "is not a valid")
    save(run, file = file, compress = if (is.logical(compress)) "gzip" else compress)
    for (read in readers) expect_refusal(read(file), "is not a valid")
  }
})

test_that("formulas in files call only a short list of functions", {
  withr::local_seed(3)
  for (k in 1:200) {
    text <- one_of(hostile_formulas[c("call", "odd", "power")])(NULL)
    # As a model file does, to the blueprint that hardhat makes by evaluating it.
    formula <- tryCatch(read_formula_text(text), feedforward_error = function(cnd) NULL)
    if (!is.null(formula)) expect_null(formula_fault(formula))
  }
  expect_false(file.exists(mutant_mark()))
  # The calls would leave their mark, were they run.
  eval(str2lang(harmful_calls()[1L]))
  expect_true(file.exists(mutant_mark()))
  unlink(mutant_mark())
})
