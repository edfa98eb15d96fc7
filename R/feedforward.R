# The generic and its methods. Each method only turns what the user has into predictors and
# an outcome, and hands them to the bridge, fit_network().

#' Fit a feed-forward neural network
#'
#' Fits a network of fully connected layers to tabular, sparse or image data, for classes,
#' numbers or several yes/no labels. What is predicted follows from the type of the outcome;
#' scaling, encoding of factors and initial weights are taken care of, and [set.seed()]
#' before the call decides the result, whatever the number of threads.
#'
#' @param x,formula The predictors, n observations in rows:
#'   - a data frame of numbers, logical values, factors and text: factors and text become one 0/1
#'     column per level. Where all columns are sparse vectors of the sparsevctrs package, it is
#'     taken as a sparse matrix; a single dense column makes all of them dense;
#'   - a numeric or logical matrix, a `raw` matrix (bytes that stand for byte / 255), or a sparse
#'     matrix of the Matrix package; these are used as they are, without a copy;
#'   - an array n x height x width of images, which are divided as the section on images says;
#'   - a formula, such as `y ~ .`, for a data frame `data`: see the section on formulas;
#'   - a `recipe` of the recipes package, for a data frame `data`. What it leaves as factors
#'     becomes 0/1 columns. Its column of role `case_weights`, if any, serves as `case_weights`,
#'     which is left out then, or `NULL` for none.
#'     Steps that drop rows have `skip = TRUE`. The outcome is best transformed in `data`, not by a
#'     step: predictions have to do without it, and a skipped step leaves that of validation
#'     data as it is, which is refused.
#'
#'   NA, NaN and infinite values are errors, for a sum of products with an unknown term is
#'   unknown; rows with them are never dropped.
#' @param y The outcome, one per row of `x`. Its type decides what is fitted:
#'   - a factor, text, or logical vector: **classes**. Factor levels without observations stay
#'     among the classes;
#'   - a numeric vector, integers too: **numbers**. Where it looks like class labels
#'     (at most 10 distinct whole numbers in at least 50 rows), a message once per session
#'     tells how to make it a factor;
#'   - a numeric matrix or data frame: several numbers at once;
#'   - a matrix or data frame of logical values, or of zeros and ones, of at least 2 columns:
#'     **labels**, each yes or no by itself. Where each row has exactly one 1, as
#'     [to_categorical()] makes it, it is taken as classes, with a message once per session; they
#'     are named by the columns, or else count from 0. `loss = "binary_cross_entropy"`
#'     makes such columns labels, and `loss = "squared_error"` makes them numbers.
#' @param data A data frame with the variables of the formula or recipe. It may also come first, as
#'   in `iris |> feedforward(Species ~ .)`.
#' @param ... Not used here: the arguments below follow, all by their full names.
#' @param hidden_units Units of each hidden layer, whole numbers of at least 1: `c(64, 16)` makes
#'   two layers. `0` or `integer()` makes none: a linear, logistic or multinomial model. More
#'   units fit finer detail, take proportionally more time, and need more data.
#' @param activation The activation of the hidden layers, one name (in lower case, as all names
#'   of options) for all or one for each:
#'   `"relu"`, `"sigmoid"`, `"tanh"`, `"leaky_relu"`, `"elu"`, `"selu"`, `"gelu"`, `"silu"`,
#'   `"mish"`, `"softplus"` or `"linear"`. The default trains fast on most data; smooth ones such as
#'   `"tanh"` often fit smooth curves better.
#' @param loss What is made small. `NULL` takes it from `y`: `"cross_entropy"` (with softmax) for
#'   classes, `"binary_cross_entropy"` (with the sigmoid) for labels, `"squared_error"` for numbers.
#'   For numbers there are also `"absolute_error"` and `"huber"` (half the square up to 1 scale of
#'   `y`, see Details, and absolute beyond), which resist outliers, and `"poisson"` for counts (half
#'   the deviance, with the log link).
#'   `"quantile"` predicts a quantile of numbers in place of their mean.
#' @param quantile For `loss = "quantile"`, which quantile to predict: a number between 0 and 1.
#'   With 0.9, nine in ten outcomes lie below the prediction. `NULL` means 0.5, the median. Larger values
#'   give higher predictions. Other losses do not use it.
#' @param optimizer How weights are moved: `"adam"`, `"adamw"`, `"rmsprop"`, `"sgd"`, `"lbfgs"`, or
#'   what one of the functions [optimizer_adam()], ... returns.
#' @param learn_rate Size of the steps, above 0; `NULL` leaves it to the optimizer. Larger values
#'   learn faster until the loss swings or diverges.
#' @param epochs Passes over the data, a whole number of at least 0; 0 gives the model with its
#'   first weights, untrained. More epochs fit the training data better, at some point at the cost
#'   of new data: see `stop_iter`.
#' @param batch_size Observations per step, a whole number of at least 1; above n, all of them
#'   make one batch. `NULL` takes 32, but for fewer than 320 rows a tenth of them (at least 4), so
#'   that an epoch has enough steps to learn from. Larger batches give smoother but fewer steps,
#'   and use the processor better.
#' @param rate_schedule How the learning rate changes: `"none"`, `"step"`, `"exponential"`,
#'   `"inverse_time"`, `"cosine"`, or what one of the functions [schedule_step()], ... returns.
#'   `NULL` means `"cosine"`, from the full rate to 0 over all `epochs`, with Adam and its kin, and
#'   `"none"` with `"sgd"` and `"lbfgs"`.
#' @param penalty Weight decay, at least 0: added to the loss are `penalty` times the sum of the
#'   absolute weights, times `mixture`, and `penalty / 2` times the sum of their squares, times
#'   `1 - mixture`. Biases are left out. Larger values give smoother predictions.
#' @param mixture Share of the absolute weights in the penalty, from 0 (ridge) to 1 (lasso).
#' @param dropout Share of the units of each hidden layer that is left out of each step, at
#'   random, from 0 to less than 1: one number for all layers or one for each. Never active in
#'   validation and prediction. Larger values need more units and more epochs.
#' @param clip_norm Gradients longer than this (Euclidean norm over all parameters) are shortened
#'   to it, above 0. The default, `Inf`, leaves all as they are; 1 or 5 tame losses that leap.
#' @param validation What the model is checked on after each epoch, never trained on: a share of the
#'   rows, from 0 (none) to less than 1, drawn at random, for classes the same share of each; or
#'   a given set: `list(x, y)`, for a formula or recipe a data frame. With validation,
#'   the weights of the epoch of the lowest validation loss are returned.
#' @param stop_iter Training stops after so many epochs without a lower validation loss, a whole
#'   number of at least 1; the default, `Inf`, never stops.
#' @param class_weights Weights of the classes in the loss: a numeric vector named by class, all at
#'   least 0 (classes not named get 1; rows of a class of weight 0 do not count, see
#'   `case_weights`), or `"balanced"` for `n / (k * n_class)`, by which each of the k classes
#'   weighs the same. Probabilities then follow the weights, too.
#' @param case_weights Weights of the observations in the loss: a numeric vector, at least 0, or
#'   weights made by [hardhat::importance_weights()] or [hardhat::frequency_weights()]. A frequency
#'   weight of k stands for k copies of the row, also where means and standard deviations are
#'   taken. A row of weight 0 counts as if it had been left out of the data, and so does a row whose
#'   class has the weight 0: it is not drawn for validation and has no part in means, standard
#'   deviations, classes or the default of `batch_size`. Only missing values are errors there, too,
#'   and what a formula or recipe computes from whole columns, it computes from all rows.
#'   Weights are divided by their mean over the rows trained on.
#' @param standardize `TRUE` trains on predictors with their training means taken away and divided
#'   by their standard deviations; constant columns are only centred, sparse input is only
#'   divided. Predictions do the same. `NULL` means `TRUE`, but `FALSE` for raw matrices and images,
#'   whose values share one scale, and for sparse matrices, where columns that are seldom not 0,
#'   divided by their small deviations, would drown the others.
#' @param init How first weights are drawn: `NULL` for what suits the activation of each layer;
#'   `"glorot"`, `"he"`, `"normal"`; or what [init_glorot()], [init_he()], [init_normal()] returns.
#' @param threads Number of threads, at least 1; `NULL` for the default, see
#'   [feedforward_threads]. Results do not depend on it.
#' @param precision `"double"`, or `"single"` to compute with half the digits, in about half the
#'   time. Results are of type double either way.
#' @param checkpoint A folder, made where it does not exist, into which the state of training is
#'   written, for [resume_training()]; `NULL` for none. Each training needs one of its own.
#' @param checkpoint_every Epochs from one checkpoint to the next, at least 1.
#' @param verbose `TRUE` prints a line after every epoch.
#' @param progress `TRUE` shows a progress bar when training takes more than two seconds; by default
#'   in interactive use.
#'
#' @details
#' Numeric outcomes are standardised inside, but for the Poisson loss, and predicted on their own
#' scale; the losses in the history are on the standardised one. For the squared error, center and
#' scale are the mean and the standard deviation of the rows trained on. For the absolute error
#' and Huber's loss, they are the median and 1.4826 times the median absolute deviation, as of
#' [stats::mad()]: a few wrong numbers do not move them, however large they are. Where more than
#' half of the outcomes are equal, that deviation is 0; the scale is then the median deviation of
#' the others times the square root of their share. The absolute error resists more than Huber's
#' loss, by which one wrong number in a hundred can still shift predictions by about a hundredth
#' of the scale.
#'
#' The random numbers are drawn in this order: the rows for validation (where a share is asked for),
#' the first weights, then for each epoch one permutation and the units left out.
#'
#' @returns A list of class `feedforward`, made of numbers and strings alone, without the data:
#'   - `version`: of the layout of this list;
#'   - `architecture`: `sizes` (inputs, units of the hidden layers, outputs), `activations`,
#'     `loss`, `dropout`;
#'   - `parameters`: `W1` (units x inputs, for the standardised predictors), `b1`, `W2`, ...;
#'   - `outcome`: `kind` (`"classes"`, `"numbers"` or `"labels"`), `levels`, `type`, `names`, and
#'     `center` and `scale` of numbers;
#'   - `inputs`: `kind`, `names`, `center`, `scale`, and for images `image` (height and width) and
#'     `divisor` (in models of older versions `NULL` for 1);
#'   - `blueprint`: how data frames are read, made by hardhat; `NULL` for matrices. That of a recipe
#'     holds the recipe, with the environments its steps were written in: a model made inside a
#'     function may carry the data there along into [saveRDS()];
#'   - `options`: the arguments of training;
#'   - `weighted`: whether there were `case_weights`, which are not kept;
#'   - `history`: a data frame with a row per epoch: `epoch`, `loss` (without the penalty, summed
#'     over several numbers or labels; the mean of those of the batches, so that a small last batch
#'     counts as much as any, while that of validation is the mean over its rows),
#'     `metric` (the accuracy for classes and labels; for numbers the root mean squared error in
#'     the units of `y`, for several of them in those of their scales), `valid_loss`, `valid_metric`
#'     (`NA` without validation), `learn_rate`, `seconds` (all else of a
#'     model is the same for the same seed); losses and metrics with the weights of
#'     cases and classes, where there are any: [confusion_matrix()] counts without;
#'   - `best_epoch`: the one whose weights these are; `stopped`: `NULL`, or the `epoch`, `batch` and
#'     `reason` where training ended early;
#'   - `n`: the numbers of observations for `training` and `validation`.
#'
#' @section Formulas:
#' The left side is the outcome. A plus separates several outcomes, as in `y1 + y2 ~ .`; all other
#' arithmetic computes, as in `log(y) ~ .` or `y / 2 ~ .`.
#'
#' The right side names the predictors. A dot stands for all columns that the left side does not
#' use. Factors, ordered ones too, and text become one 0/1 column per level. There is no intercept,
#' since each layer has its own, so `- 1` or `+ 0` changes nothing. A right side that only names
#' columns, such as `y ~ .` or `y ~ . - id`, is read as fast as `x` and `y`, even if there are
#' thousands. `offset()` and `C()` are not available.
#'
#' A formula reads the columns of `data` and nothing else of your session. In place of a variable
#' such as `k` in `I(a^k)`, write its value. Functions are those of R and of attached packages;
#' what your own functions return, compute as a column of `data` first.
#'
#' Each row has to be predicted for itself, whichever rows come with it. So `rank(a)`,
#' `I(a - mean(a))`, `as.integer(factor(b))` and other terms whose value depends on other rows are
#' refused, on both sides of the formula, and so are random numbers such as `jitter(a)`, and factors
#' whose levels depend on the data, such as `factor(a)`. To find them, each function is called for
#' some rows of the training data alone and compared, and again with a missing value and with very
#' small and large numbers in one of them. `scale()`, `poly()`, `splines::ns()` and
#' `splines::bs()` are fine: R remembers what they found in training.
#'
#' A term on the right that uses the outcome is dropped, with a warning of class
#' `feedforward_outcome_as_predictor` that names it. [lm()] does so for `y ~ y + a`; here
#' `y ~ a * y` and `log(y) ~ y + a` become `y ~ a` and `log(y) ~ a`, too. A column of a data frame
#' `x` that equals `y` is kept, but brings the same warning.
#'
#' @section Images:
#' Networks learn best from values within 0..1 or -1..1. So images are divided by one number, which
#' the model keeps as `inputs$divisor`; new images are divided by the same. It is
#' - 255 for `raw` arrays, whatever their values;
#' - 1 where all values are within -1..1 (fractions up to 1.5, as resampling may leave them), and
#'   for fractions above and below 0 whose mean square is at most 1.5: standardised images;
#' - the least of 255, 1023, 4095, 16383 and 65535 (8, 10, 12, 14 and 16 bits) that no value
#'   exceeds, where no value is below 0 and the largest is above half of it;
#' - else the largest absolute value.
#'
#' Unless whole numbers are divided by 255, or nothing is divided, a message of class
#' `feedforward_message` says which number was taken. For another one, divide the images yourself,
#' in training and in prediction. New images that cannot be on the same scale are refused: values
#' above twice the divisor, fractions of at most 1 where training divided by 8 or more, raw arrays
#' where it divided by another number than 1 or 255. Images that seem too dark bring a message.
#'
#' @section Constant predictors:
#' With `standardize`, predictors that are the same in all rows trained on, or differ by rounding
#' alone, are named in a warning of class `feedforward_constant_predictor`. Their weights start at
#' 0 and stay there, so that other values in new data do not change predictions. Sparse columns that
#' are 0 in all rows have weights of 0, too, without a warning.
#'
#' @section Diverging and interrupting:
#' Where the loss becomes NaN or infinite, training stops with an error of class
#' `feedforward_diverged` that names epoch and batch. Its element `fit` is the model of the last
#' epoch whose weights were finite: `tryCatch(..., feedforward_diverged = function(e) e$fit)`.
#'
#' Long before it becomes infinite, a loss may be far above that of a constant, which predicts the
#' mean of the outcome (the median for the absolute error and Huber's loss, the shares of the
#' classes or labels) for every row. If training ended so, a warning of class
#' `feedforward_worse_than_constant` names both losses and what to try. They are those of the model
#' that is returned, without dropout, on up to 1000 of the rows trained on. There is no warning
#' where training was only too short, or where there is nothing to learn: the loss has to be 1.5
#' times that of the constant, and training has to have made it worse, or have leapt, or have begun
#' or ended very far away.
#'
#' An interrupt (Ctrl-C, Esc) ends training before the next batch; what was learned is returned
#' with a warning of class `feedforward_interrupted`. So does a time limit of R ([setTimeLimit()]).
#' A loop or script goes on after it. Where it is to end instead, make an error of the warning:
#' `withCallingHandlers(..., feedforward_interrupted = function(w) stop("interrupted"))`.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument, what it got and what it wanted.
#'
#' @references
#' Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning representations by
#' back-propagating errors. *Nature* 323, 533-536. \doi{10.1038/323533a0}
#'
#' Dropout: Srivastava, N. et al. (2014). *Journal of Machine Learning Research* 15, 1929-1958.
#' Huber's loss: Huber, P. J. (1964). *Annals of Mathematical Statistics* 35, 73-101.
#' \doi{10.1214/aoms/1177703732}
#'
#' @seealso [predict.feedforward()] for predictions; [print.feedforward()], [plot.feedforward()] and
#'   [feedforward_methods] for what else can be done with a model; [optimizers], [schedules],
#'   [initializers] for the parts; [as_feedforward()] for networks trained by [train_nn()].
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 16, epochs = 30)
#' predict(fit, iris[c(1, 51, 101), ], type = "prob")
#'
#' x <- as.matrix(mtcars[, c("wt", "hp")])
#' fit <- feedforward(x, mtcars$mpg, hidden_units = 8, optimizer = "lbfgs", penalty = 0.01)
#' predict(fit, x[1:3, ])
#' @export
feedforward <- function(x, ..., hidden_units = 64L, activation = "relu", loss = NULL,
                        quantile = NULL,
                        optimizer = "adam", learn_rate = NULL, epochs = 100L, batch_size = NULL,
                        rate_schedule = NULL, penalty = 0, mixture = 0, dropout = 0,
                        clip_norm = Inf, validation = 0, stop_iter = Inf, class_weights = NULL,
                        case_weights = NULL, standardize = NULL, init = NULL, threads = NULL,
                        precision = "double", checkpoint = NULL, checkpoint_every = 1L,
                        verbose = FALSE, progress = interactive() && !verbose) {
  # A formula by its name is no `x`, but dispatches as one.
  check_given(nargs() == 0L, "x")
  UseMethod("feedforward")
}

#' @rdname feedforward
#' @export
feedforward.default <- function(x, y, ...) {
  check_given(missing(x), "x")
  refuse_predictors(x, "x")
}

#' @rdname feedforward
#' @export
feedforward.matrix <- function(x, y, ...) {
  check_given(missing(y), "y")
  predictors <- read_matrix(x, "x")
  if (is.matrix(x)) predictors$like_outcome <- columns_like_outcome(x, y)
  fit_network(predictors, y, training_arguments(...))
}

#' @rdname feedforward
#' @export
feedforward.Matrix <- feedforward.matrix

#' @rdname feedforward
#' @export
feedforward.array <- function(x, y, ...) {
  check_given(missing(y), "y")
  arguments <- training_arguments(...)
  fit_network(read_images(x, arguments$case_weights), y, arguments)
}

#' @rdname feedforward
#' @export
feedforward.data.frame <- function(x, y, ...) {
  check_given(missing(y), "y")
  # The data first, as a pipe hands them on.
  if (rlang::is_formula(y)) {
    return(fit_formula(y, x, ...))
  }
  if (inherits(y, "recipe")) {
    return(fit_recipe(y, x, ...))
  }
  predictors <- read_frame(x)
  predictors$like_outcome <- columns_like_outcome(x, y)
  fit_network(predictors, y, training_arguments(...))
}

#' @rdname feedforward
#' @export
feedforward.formula <- function(formula, data, ...) {
  if (missing(formula)) {
    stop_input("formula", "the first argument, or given by its own name", "it as `x`",
      hint = "feedforward(y ~ ., data = data) or feedforward(formula = y ~ ., data = data)"
    )
  }
  check_given(missing(data), "data")
  fit_formula(formula, data, ...)
}

# Names with a dot: `...` may hold any name, which no slip of the user shall meet here.
fit_formula <- function(.formula, .data, ...) {
  arguments <- with_column_hints(training_arguments(...), .data)
  # A function in the formula may draw random numbers.
  with_seed_kept({
    predictors <- read_formula(.formula, .data)
    fit_network(predictors, predictors$outcomes, arguments)
  })
}

#' @rdname feedforward
#' @export
feedforward.recipe <- function(x, data, ...) {
  check_given(missing(data), "data")
  fit_recipe(x, data, ...)
}

fit_recipe <- function(.recipe, .data, ...) {
  arguments <- with_column_hints(training_arguments(...), .data)
  # So may a step of the recipe.
  with_seed_kept({
    predictors <- read_recipe(.recipe, .data)
    arguments["case_weights"] <- list(
      weights_beside(arguments$case_weights, predictors$case_weights, ...names())
    )
    fit_network(predictors, predictors$outcomes, arguments)
  })
}

# The arguments of training as a list: those given, and the generic's defaults for the others.
training_arguments <- function(...) {
  known <- formals(feedforward)[-(1:2)]
  given <- check_argument_names(list(...), names(known))
  # A function with these defaults evaluates each where it sees the others.
  complete <- rlang::new_function(known, quote(mget(names(formals()))))
  do.call(complete, given, quote = TRUE)
}
