# The generic feedforward_cv() and its methods. Each method reads the user's data as feedforward()
# does and passes them on to fit_cv().

#' Fit networks by cross-validation and average them
#'
#' Trains several candidates, each a set of arguments of [feedforward()], on several folds of the
#' data. Each network is judged on the rows that it did not learn from. The result is an average of
#' the networks of the best candidates, with an estimate of its error for new data. So you do not
#' need to choose the size of the network or the number of epochs, or to hold out data yourself.
#' With the default candidates, it is a strong starting point for most tables.
#'
#' @param x,formula The predictors, with one observation per row: a data frame, a numeric, `raw`, or
#'   sparse matrix, an array of images, a formula, or a `recipe`, as for [feedforward()].
#' @param y The outcome, with one value or row for each row of `x`. As in [feedforward()], its type
#'   decides between classification, regression, and multi-label classification.
#' @param data A data frame with the columns that the formula or recipe uses. It can also come
#'   first, as in `iris |> feedforward_cv(Species ~ .)`.
#' @param ... Not used. All arguments other than the data need their full names.
#' @param folds How rows are held out. One of
#'   - the number of folds, a whole number of at least 2. More folds train each network on more
#'     rows, and take proportionally more time;
#'   - a share of rows to hold out once, a number above 0 and below 1. Training is fast, but the
#'     error is less certain, and the networks never learn from these rows;
#'   - the fold of each row, as numbers, text, or a factor with at least two values, such as years.
#'
#'   `NULL` (the default) means 5 folds, or a share of 0.2 for more than 20,000 rows, where holding
#'   out rows once is precise enough.
#' @param groups A vector with a value for each row, without missing values. Rows with the same
#'   value are never split: they are either all used for training or all held out. Use it if several
#'   rows come from the same person, place, or day. Otherwise, the error would look too small.
#'   `NULL` (the default) treats each row as a group of its own.
#' @param candidates The candidates to compare, a list with at least one element. Each candidate is
#'   a list of arguments of [feedforward()], such as `list(penalty = 0.01, hidden_units = 128)`, or
#'   a quoted call, such as `quote(feedforward(penalty = 0.01))`. A candidate can set
#'   `hidden_units`, `activation`, `optimizer`, `learn_rate`, `epochs`, `batch_size`,
#'   `rate_schedule`, `penalty`, `mixture`, `dropout`, `clip_norm`, `stop_iter`, `standardize`,
#'   `encoding`, and `init`. Arguments that it does not name have the defaults of [feedforward()].
#'   The names of the list are the names of the candidates. More candidates take proportionally more
#'   time. `NULL` (the default) uses the candidates in the section on default candidates.
#' @param loss,quantile,class_weights,case_weights As for [feedforward()]. They are the same for all
#'   candidates, so that losses can be compared. A row with a weight of 0 is used neither for
#'   training nor for the error.
#' @param missing,new_levels What to do with missing values, and with factor levels that the
#'   training data did not have: `"error"` (the default) refuses them; `missing = "indicator"` and
#'   `new_levels = "zero"` accept them. See [feedforward()].
#' @param threads The number of networks to train at the same time, a whole number of at least 1.
#'   `NULL` uses the default: see [feedforward_threads]. Results do not depend on it.
#' @param precision `"double"`, or `"single"` to compute with half the digits, in half to two thirds
#'   of the time.
#' @param checkpoint A folder for checkpoints, from which [resume_training()] can continue. It is
#'   created if it does not exist. Use a separate folder for each call. `NULL` writes none.
#' @param progress `TRUE` shows a progress bar if training takes more than two seconds. This is the
#'   default in interactive use.
#'
#' @returns A list of class `c("feedforward_cv", "feedforward")`. It contains no predictors. Unlike
#'   other models, it keeps the outcome, in `out_of_fold`:
#'   - `version`, `outcome`, `inputs`, `blueprint`, `options`, `weighted`, `n`: as for
#'     [feedforward()]. `options` are those that all candidates share;
#'   - `architecture`: the numbers of inputs and outputs (`sizes`) and the `loss`;
#'   - `members`: a list with the networks of all candidates whose weight is above 0. Each has its
#'     `candidate`, `fold`, `weight` (the weights sum to 1), `architecture`, `parameters`,
#'     `encoding`, and `best_epoch`. [network_of()] turns it into a stand-alone model;
#'   - `encodings`: the encodings of the predictors that the members use;
#'   - `candidates`: a data frame with a row for each candidate: `candidate` (its name), `loss` (out
#'     of fold), `loss_se` (its standard error over folds), `weight`, and `epochs` (the mean of the
#'     epochs whose weights were kept). The loss of a candidate that diverged in a fold is `Inf`;
#'   - `settings`: a list with the options of each candidate;
#'   - `fold_errors`: a data frame with a row for each fold: `fold` (folds that you supply are
#'     numbered in sorted order), its number of rows `n`, their share of all case weights
#'     (`weight`), and the `loss` and `metric` of the averaged model, as in the `history` of
#'     [feedforward()], corrected as the section on folds explains;
#'   - `inflation`: a factor of at least 1. For prediction intervals, the errors in `out_of_fold`
#'     are multiplied by it, to correct them for the choice of epochs;
#'   - `out_of_fold`: a data frame with a row for each row that was held out: `row` (its number in
#'     the data, or among the rows that a recipe keeps), `fold`, `truth` (the outcome: a factor,
#'     numbers, or a matrix of several outcomes or of labels as 0 and 1), and the predictions of the
#'     averaged model for it, in columns such as `.pred` or `.pred_setosa`, named as in the result
#'     of [predict()][predict.feedforward()].
#'
#'   `predict()`, `print()`, `summary()`, `plot()`, `fitted()`, `residuals()`, `coef()`,
#'   [confusion_matrix()], and other functions work on it. [write_model()] writes it to a file, with
#'   the outcome.
#'
#' @section Folds:
#' Rows are assigned to the folds at random, but so that each fold has about the same share of each
#' class or, for numeric outcomes, of small and large values. With several outcomes, only the first
#' one counts. With `groups`, whole groups are assigned, according to the outcome of their first
#' row.
#'
#' A class whose rows are all in one fold causes a warning of class `feedforward_class_in_one_fold`,
#' since the networks for this fold never see it.
#'
#' In each fold, a network learns from the rows of all other folds. It keeps the weights of the
#' epoch with the lowest loss on the held-out fold.
#'
#' Since this epoch is the best one for the held-out fold, the error looks too small. The errors
#' that `print()` shows, and those in `fold_errors`, are corrected for this: the error of a fold is
#' taken at the epoch that is best for the other folds (Tibshirani and Tibshirani, 2009). In a
#' simulated regression with 150 rows, the uncorrected root mean squared error was 10% lower than
#' the error on new data. The corrected one was within 1% of it. Prediction intervals are corrected
#' by `inflation`. The losses in `candidates` and the predictions in `out_of_fold` are not
#' corrected. Neither are the errors if a share of the rows is held out once, since there are no
#' other folds.
#'
#' The centers, scales, and quantiles of predictors and of the outcome come from all rows.
#'
#' @section Default candidates:
#' The default candidates differ in what matters most for tables:
#'
#' | candidate | hidden units | `penalty` | other arguments |
#' |---|---|---|---|
#' | weak penalty | 64 | 0.002 | |
#' | medium penalty | 64 | 0.01 | |
#' | silu | 64 | 0.01 | `activation = "silu"` |
#' | linear | none | 0.002 | |
#' | piecewise | 64 | 0.008 | `encoding = "piecewise"`, `learn_rate = 0.01` |
#' | piecewise, weak penalty | 64 | 5e-04 | `encoding = "piecewise"`, `learn_rate = 0.01` |
#' | piecewise, two layers | 64, 64 | 0.002 | `encoding = "piecewise"`, `learn_rate = 0.01` |
#' | robust, two layers | 64, 64 | 0.004 | `encoding = "robust"` |
#' | L-BFGS | 64 | 0.001 | `optimizer = "lbfgs"`, `epochs = 300` |
#' | L-BFGS, tanh | 16 | 0.003 | `optimizer = "lbfgs"`, `epochs = 300`, `activation = "tanh"` |
#'
#' The first eight use `optimizer_adam(beta2 = 0.95)`, 100 epochs, `stop_iter = 30`, and, if the
#' table does not say otherwise, `learn_rate = 0.02`. For more than 10,000 rows, they have a tenth
#' of the penalty, 30 epochs, and batches of 128 rows. Those with an encoding are left out for
#' sparse data, bytes, and images. The last two are for regression with at most 1,500 rows, in
#' double precision.
#'
#' @section Encodings:
#' Candidates can use different encodings of numeric predictors (`encoding`, see [feedforward()]).
#' Without one, predictors are standardized, or used as they are with `standardize = FALSE`. Each
#' encoding is computed once, from all rows, and shared by the networks that use it. Sparse
#' matrices, bytes, and images are used as they are.
#'
#' @section Weights of candidates:
#' The loss of a candidate is the mean over all rows, each predicted by the network that did not
#' learn from it. With r as the relative difference from the best candidate, `loss / min(loss) - 1`,
#' the weight of a candidate is proportional to `exp(-20 * r)`. A loss that is 5% larger gives about
#' a third of the weight of the best candidate. Candidates that would have less than 1% get no
#' weight and are left out. Within a candidate, the networks of all folds have equal weights.
#' Averages of different networks usually predict better than any one of them.
#'
#' The prediction is the weighted mean of the predicted probabilities or numbers of all members.
#'
#' @section Reproducibility:
#' [set.seed()] before the call determines the result, whatever the number of threads. Random
#' numbers are drawn in this order: the folds, then for each candidate and fold the initial weights
#' and a seed for the generator of this network. A call that fails a check draws no random numbers.
#'
#' @section Divergence and interrupts:
#' A candidate whose training diverges in a fold has the loss `Inf` and no weight. If all candidates
#' diverge, you get an error of class `feedforward_diverged`.
#'
#' An interrupt (Ctrl-C or Esc) ends all training. You get the average of the candidates that were
#' finished or, if there are none, of the networks that were finished, with a warning of class
#' `feedforward_interrupted`. If no network was finished, you get an error of this class.
#'
#' With `checkpoint = "folder"`, the networks that were finished are kept in a file. After an
#' interrupt, a crash, or a power cut, [resume_training()] trains only the others. Its result is
#' identical to the result of an uninterrupted call, to the last bit.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument at fault.
#'
#' @references
#' Stone, M. (1974). Cross-validatory choice and assessment of statistical predictions. *Journal of
#' the Royal Statistical Society B* 36, 111-147. \doi{10.1111/j.2517-6161.1974.tb00994.x}
#'
#' Krogh, A. and Vedelsby, J. (1995). Neural network ensembles, cross validation, and active
#' learning. *Advances in Neural Information Processing Systems* 7, 231-238.
#'
#' Correction of errors: Tibshirani, R. J. and Tibshirani, R. (2009). A bias correction for the
#' minimum error rate in cross-validation. *Annals of Applied Statistics* 3, 822-829.
#' \doi{10.1214/08-AOAS224}
#'
#' Prediction intervals: Barber, R. F., Candes, E. J., Ramdas, A. and Tibshirani, R. J. (2021).
#' Predictive inference with the jackknife+. *Annals of Statistics* 49, 486-507.
#' \doi{10.1214/20-AOS1965}
#'
#' @seealso [predict.feedforward()] for predictions and prediction intervals;
#'   [print.feedforward_cv()], [plot.feedforward_cv()], [confusion_matrix()], and
#'   [feedforward_methods] for other methods; [feedforward()] for a single network.
#'
#' @examples
#' # A few small candidates. Leave out `candidates` for the default ones.
#' candidates <- list(
#'   small = list(hidden_units = 8, epochs = 30),
#'   linear = list(hidden_units = 0, epochs = 30)
#' )
#' set.seed(1)
#' fit <- feedforward_cv(Species ~ ., data = iris, candidates = candidates)
#' fit
#' confusion_matrix(fit)
#' plot(fit)
#' predict(fit, iris[c(1, 51, 101), ], type = "prob")
#'
#' # Regression, with prediction intervals
#' fit <- feedforward_cv(dist ~ speed, data = cars, candidates = candidates)
#' predict(fit, data.frame(speed = c(5, 15, 25)), type = "pred_int", level = 0.9)
#' @export
feedforward_cv <- function(x, ..., folds = NULL, groups = NULL, candidates = NULL, loss = NULL,
                           quantile = NULL, class_weights = NULL, case_weights = NULL,
                           missing = "error", new_levels = "error",
                           threads = NULL, precision = "double", checkpoint = NULL,
                           progress = interactive()) {
  check_given(nargs() == 0L, "x")
  UseMethod("feedforward_cv")
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.default <- function(x, y, ...) {
  check_given(missing(x), "x")
  refuse_predictors(x)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.data.frame <- function(x, y, ...) {
  check_given(missing(y), "y")
  read_and_train("feedforward_cv", kind_of_table(y), x, y, ...)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.matrix <- function(x, y, ...) {
  check_given(missing(y), "y")
  read_and_train("feedforward_cv", "matrix", x, y, ...)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.Matrix <- feedforward_cv.matrix

#' @rdname feedforward_cv
#' @export
feedforward_cv.array <- function(x, y, ...) {
  check_given(missing(y), "y")
  read_and_train("feedforward_cv", "array", x, y, ...)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.formula <- function(formula, data, ...) {
  check_formula_given(missing(formula), "feedforward_cv")
  check_given(missing(data), "data")
  read_and_train("feedforward_cv", "formula", data, formula, ...)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.recipe <- function(x, data, ...) {
  check_given(missing(data), "data")
  read_and_train("feedforward_cv", "recipe", data, x, ...)
}

# Returns list(shared, folds, groups, candidates, checkpoint, progress): the arguments that all
# networks share, and the arguments of cross-validation.
grouped_arguments <- function(arguments) {
  own <- c("folds", "groups", "candidates", "checkpoint", "progress")
  arguments$progress <- check_flag(arguments$progress, "progress")
  arguments["checkpoint"] <- list(check_optional(arguments$checkpoint, check_string, "checkpoint"))
  c(list(shared = arguments[setdiff(names(arguments), own)]), arguments[own])
}
