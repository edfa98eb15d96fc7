# The generic feedforward() and its methods. Each method says what kind of data it got and passes
# them on to read_and_train().

#' Fit a feed-forward neural network
#'
#' Fits a network of fully connected layers to tabular data, sparse data, or images. It performs
#' classification, regression, or multi-label classification, depending on the type of the outcome.
#' Standardization, factor encoding, and initial weights are automatic. [set.seed()] before the call
#' determines the result, whatever the number of threads.
#'
#' @param x,formula The predictors, with one observation per row:
#'   - a data frame of numeric, logical, factor, and text columns. Each level of a factor or text
#'     column becomes a 0/1 column. If all columns are sparse vectors from the sparsevctrs package,
#'     they are used as a sparse matrix;
#'   - a numeric or logical matrix, a `raw` matrix (a byte stands for its value / 255), or a sparse
#'     matrix from the Matrix package;
#'   - an n x height x width array of images: see the section on images;
#'   - a formula such as `y ~ .`, with a data frame `data`: see the section on formulas;
#'   - a [data_source()], such as a database table, for rows that do not fit into memory, with
#'     `outcome`: see [training on a data source][data_source];
#'   - a `recipe` from the recipes package, with a data frame `data`. Factors that the recipe does
#'     not convert become 0/1 columns. A column with the role `case_weights` is used as
#'     `case_weights`. Steps that drop rows need `skip = TRUE`. Transform the outcome in `data`, not
#'     in the recipe.
#'
#'   Infinite values are an error, and so are missing values unless you use `missing`. Rows are
#'   never dropped.
#' @param y The outcome, with one value or row for each row of `x`. Its type decides what is fitted:
#'   - a factor, text, or logical vector: **classification**. Factor levels without observations
#'     remain classes of the model;
#'   - a numeric vector: **regression**. If it looks like class labels (at most 10 distinct whole
#'     numbers in at least 50 rows), a message tells you once per session how to use a factor;
#'   - a numeric matrix or data frame: regression with several outcomes;
#'   - a matrix or data frame of at least 2 logical or 0/1 columns: **multi-label classification**.
#'     If each row has exactly one 1, as in the result of [to_categorical()], it is classification,
#'     and a message says so once per session. For such columns, set `loss = "binary_cross_entropy"`
#'     for multi-label classification, or `loss = "squared_error"` for regression.
#' @param outcome For a data source, the name of the column to predict, or the names of several
#'   columns. Their type decides what is fitted, as for `y`. All other columns are predictors.
#' @param data A data frame with the columns that the formula or recipe uses. It can also come
#'   first, as in `iris |> feedforward(Species ~ .)`.
#' @param ... Not used. All arguments other than the data need their full names.
#' @param hidden_units The number of units in each hidden layer, whole numbers of at least 1:
#'   `c(64, 16)` makes two hidden layers. `0` or `integer()` means no hidden layers, which gives a
#'   linear, logistic, or multinomial model. More units fit finer detail, take proportionally more
#'   time, and need more data.
#' @param activation The activation of the hidden layers, one name for all layers or one for each:
#'   `"relu"`, `"sigmoid"`, `"tanh"`, `"leaky_relu"`, `"elu"`, `"selu"`, `"gelu"`, `"silu"`,
#'   `"mish"`, `"softplus"`, or `"linear"`. The default trains fast on most data. Smooth activations
#'   such as `"tanh"` often fit smooth curves better.
#' @param loss The loss to minimize. `NULL` chooses the one that suits the outcome:
#'   `"cross_entropy"` for classification, `"binary_cross_entropy"` for multi-label classification,
#'   `"squared_error"` for regression. Further losses for regression:
#'   - `"absolute_error"` and `"huber"` resist outliers. Huber's loss is quadratic up to 1 (see
#'     Details for the scale) and linear beyond;
#'   - `"quantile"` predicts a quantile of the outcome: see `quantile`;
#'   - `"poisson"` is for counts and rates. It is half the deviance, with the log link. For counts
#'     with an exposure, see the section on offsets.
#' @param quantile For `loss = "quantile"`, the quantile to predict, a number between 0 and 1.
#'   `NULL` means 0.5, the median. Larger values give higher predictions: with 0.9, about nine in
#'   ten outcomes lie below the prediction. It is an error to use it with any other loss.
#' @param optimizer The rule that updates the weights: `"adam"`, `"adamw"`, `"rmsprop"`, `"sgd"`,
#'   `"lbfgs"`, or the result of a function such as [optimizer_adam()], which sets its options.
#'   `NULL` means Adam. For tables and numeric matrices, it also chooses `learn_rate`, `penalty`,
#'   `epochs`, and `batch_size` where they are `NULL`: see the section on defaults.
#' @param learn_rate The learning rate, a number above 0. `NULL` means the optimizer's default, or
#'   0.02 for tables and numeric matrices if `optimizer` is `NULL`, too: see the section on
#'   defaults. Larger values learn faster, until the loss oscillates or diverges.
#' @param epochs The number of passes over the data, a whole number of at least 0. With 0 the model
#'   keeps its initial weights. More epochs fit the training data better, but beyond some point,
#'   predictions for new data become worse: see `stop_iter`. `NULL` means 100, or the number in the
#'   section on defaults.
#' @param batch_size The number of observations per step, a whole number of at least 1. `NULL` means
#'   32, or a tenth of the rows (at least 4) if there are fewer than 320. For large tables and
#'   numeric matrices, it means 128 if `optimizer` is `NULL`, too: see the section on defaults.
#'   Larger batches give smoother but fewer steps, and make better use of the processor.
#' @param rate_schedule How the learning rate changes during training: `"none"`, `"step"`,
#'   `"exponential"`, `"inverse_time"`, `"cosine"`, or the result of a function such as
#'   [schedule_step()]. `NULL` means `"none"` for `"sgd"` and `"lbfgs"`, and otherwise `"cosine"`,
#'   which lowers the rate to 0 by the last epoch.
#' @param penalty The strength of weight decay, a number of at least 0. This is added to the loss:
#'   `penalty * mixture` times the sum of the absolute weights, plus `penalty * (1 - mixture) / 2`
#'   times the sum of their squares. Biases are not penalized. Larger values give smoother
#'   predictions. `NULL` means 0, or the number in the section on defaults.
#' @param mixture The proportion of the penalty that is lasso (absolute weights), from 0 (ridge
#'   only) to 1 (lasso only).
#' @param dropout The proportion of hidden units that each training step leaves out at random, at
#'   least 0 and less than 1. Use one number for all hidden layers, or one for each. Validation and
#'   prediction use all units. Larger values need more units and more epochs.
#' @param clip_norm The maximum length of a gradient (its Euclidean norm over all parameters), a
#'   number above 0. Longer gradients are shortened to this length. The default, `Inf`, never
#'   shortens them. A value such as 1 or 5 can stabilize a loss that jumps.
#' @param validation The data to evaluate the model on after each epoch. This is either the
#'   proportion of rows to hold out at random, at least 0 (none) and less than 1, or a separate
#'   validation set: `list(x, y)`, a data frame for a formula or recipe, or another source for a
#'   data source. For classification, the same proportion is drawn from each class; of a data
#'   source, whole chunks are drawn. A separate set has no case weights. With validation, the model
#'   gets the weights of the epoch with the lowest validation loss.
#' @param stop_iter Training stops early when the validation loss has not improved for this number
#'   of epochs, a whole number of at least 1. The default, `Inf`, never stops early.
#' @param class_weights Weights of the classes in the loss: a named numeric vector with one weight
#'   of at least 0 per class, or `"balanced"`. Classes that are not named get 1. `"balanced"` gives
#'   all classes the same total weight: with k classes, each of the `n_class` observations of a
#'   class gets the weight `n / (k * n_class)`. The weights also shift the predicted probabilities.
#' @param case_weights Weights of the observations in the loss: a numeric vector of weights of at
#'   least 0, or weights made by [hardhat::importance_weights()] or [hardhat::frequency_weights()].
#'   A frequency weight of k stands for k copies of the row, in means and standard deviations too.
#'   For a data source, the name of a column of weights. Weights are divided by their mean over the
#'   training rows. A row is ignored if its weight, or the weight of its class, is 0: the fit is the
#'   same without it. There are three exceptions. Missing and infinite values are an error in all
#'   rows. Formula terms and recipe steps that need a whole column, such as `scale(a)`, use all
#'   rows. The levels of a text column come from all rows.
#' @param standardize `TRUE` centers the predictors by their training means and divides them by
#'   their training standard deviations. Constant columns are only centered and sparse columns only
#'   divided. New data are scaled in the same way. With `NULL`, numeric and logical columns are
#'   scaled, but the 0/1 columns of factors and text are left as they are, because division would
#'   inflate rare levels. This also saves memory: a table with factors needs only the memory of its
#'   own columns. Raw matrices and images, whose values share one scale, and sparse matrices are not
#'   scaled.
#' @param encoding How numeric predictors of tables and matrices enter the network. `NULL` and
#'   `"standard"` scale them as set by `standardize`. `"robust"` centers them by the median, divides
#'   them by the interquartile range, and limits them smoothly to values between -3 and 3, which
#'   resists outliers. `"piecewise"` standardizes them and limits them in the same way. For each
#'   interval between nine quantiles, it adds an input that rises from 0 to 1 within the interval.
#'   It often helps with numbers whose effect changes abruptly, but takes more time. Levels of
#'   factors are 0/1 inputs in all cases.
#' @param missing What to do with missing values in the predictors of tables and numeric matrices.
#'   `"error"` (the default) refuses them. `"indicator"` accepts them in each column that has some
#'   in training: a missing number enters as the mean, with one more input that is 1 where it is
#'   missing, and a missing value of a factor becomes a level of its own. If a formula combines a
#'   factor with another column, as in `f:a`, the resulting columns are treated as numeric columns.
#'   Columns with only missing values are an error, and so are missing outcomes.
#' @param new_levels What to do with factor levels in new data that the training data did not have.
#'   `"error"` (the default) refuses them. `"zero"` sets all inputs of the factor to 0, so that only
#'   the other predictors count, and gives a warning of class `feedforward_new_levels`. A level of
#'   the training factor that no training row uses does not count as new. It has no effect.
#' @param init How initial weights are drawn: `"glorot"`, `"he"`, `"lecun"`, `"normal"`, or the
#'   result of [init_glorot()], [init_he()], [init_lecun()], or [init_normal()]. `NULL` chooses a
#'   rule for each layer that suits its activation.
#' @param threads The number of threads, a whole number of at least 1. `NULL` uses the default: see
#'   [feedforward_threads]. Results do not depend on it.
#' @param precision `"double"`, or `"single"` to compute with half the digits, in half to two thirds
#'   of the time. Results are of type double either way.
#' @param checkpoint A folder for checkpoints, from which [resume_training()] can continue. It is
#'   created if it does not exist. Use a separate folder for each training run. `NULL` writes none.
#' @param checkpoint_every The number of epochs between two checkpoints, at least 1.
#' @param verbose `TRUE` prints a line after each epoch.
#' @param progress `TRUE` shows a progress bar if training takes more than two seconds. This is the
#'   default in interactive use.
#' @param on_epoch A function to call after each epoch, for example to print something or to stop
#'   training: see the section on watching training. `NULL` calls none.
#' @param cluster The result of [cluster_mpi()] to train on several machines. `NULL` trains in this
#'   process alone.
#'
#' @details
#' Except with the Poisson loss, numeric outcomes are standardized during training. Predictions are
#' on the original scale, losses in the history on the standardized one. For the squared error, the
#' center and scale are the mean and standard deviation of the training rows. For the absolute
#' error, Huber's loss, and the quantile loss, they are the median and 1.4826 times the median
#' absolute deviation, as in [stats::mad()], so that a few wrong numbers do not move them. If more
#' than half of the outcomes are equal, this deviation is 0. The scale is then the median deviation
#' of the other outcomes times the square root of their share.
#'
#' The absolute error resists outliers more than Huber's loss, where one wrong number in a hundred
#' can still shift predictions by about a hundredth of the scale.
#'
#' Random numbers are drawn in this order: the validation rows (if `validation` is a proportion),
#' the initial weights, then for each epoch one permutation and the units to drop.
#'
#' @returns A list of class `feedforward`. Except for a recipe in `blueprint`, it contains only
#'   numbers and strings, and no data:
#'   - `version`: the version of this layout;
#'   - `architecture`: `sizes` (inputs, units of the hidden layers, outputs), `activations`, `loss`,
#'     `dropout`, and, for the quantile loss, `quantile`;
#'   - `parameters`: `W1` (units x inputs, for the standardized predictors), `b1`, `W2`, ...;
#'   - `outcome`: `kind` (`"classes"`, `"numbers"`, or `"labels"`), `levels`, `type`, `names`, and,
#'     for numbers, `center` and `scale`;
#'   - `inputs`: `kind`, `names`, `center`, `scale`, and, for images, `image` (height and width) and
#'     `divisor`;
#'   - `blueprint`: the hardhat blueprint, which says how to read data frames; `NULL` for matrices.
#'     For a recipe it contains the recipe with its environments, so [saveRDS()] can save data from
#'     them, too;
#'   - `options`: the training options;
#'   - `weighted`: whether there were `case_weights`. The weights are not kept;
#'   - `history`: a data frame with one row per epoch and the columns `epoch`, `loss`, `metric`,
#'     `valid_loss`, `valid_metric` (`NA` without validation), `learn_rate`, and `seconds`. Losses
#'     exclude the penalty. With several outcomes, they are summed over the outcomes. The training
#'     loss is the mean over the batches, the validation loss the mean over the rows. The metric is
#'     the accuracy for classification, and for regression the root mean squared error in the units
#'     of `y`; for several outcomes, it is averaged over the standardized outcomes. The loss and the
#'     metric use the case and class weights;
#'   - `best_epoch`: the epoch that the weights come from;
#'   - `stopped`: `NULL`, or the `epoch`, `batch`, and `reason` if training ended early;
#'   - `n`: the numbers of rows for `training` and `validation`.
#'
#'   With the same seed, everything is identical except `seconds`.
#'
#' @section Defaults:
#' Arguments that are `NULL` get settings that were chosen by benchmarks on 20 public data sets.
#' Without tuning, they predict well on most tables of similar size. They are chosen together, so
#' they only apply if `optimizer` is `NULL`, and only to tables and numeric matrices:
#'
#' | rows | `learn_rate`, `beta2` | `penalty` | `epochs` | `batch_size` |
#' |---|---|---|---|---|
#' | fewer than 1000 | 0.02, 0.95 | 0.01 | 200 | 4 to 32 |
#' | 1000 to 10,000 | 0.02, 0.95 | 10 / rows | 50 | 32 |
#' | more than 10,000 | 0.02, 0.95 | 10 / rows | 30 | 128 |
#'
#' The reasons: without a penalty, the network overfits and its probabilities are far too certain.
#' The more rows there are, the weaker the penalty can be. A high rate with a short memory of
#' squared gradients (`beta2`) learns faster from numeric predictors. With few rows, an epoch has
#' few steps, so more epochs are needed. For sparse data, raw matrices, and images, and if you
#' choose the optimizer, the defaults are 100 epochs, no penalty, and the optimizer's own rate.
#'
#' No fixed setting is best for all data. [feedforward_cv()] compares several by cross-validation
#' and averages the best networks, which is more accurate and takes longer.
#'
#' @section Formulas:
#' The left side is the outcome. A plus separates several outcomes, as in `y1 + y2 ~ .`. All other
#' arithmetic is evaluated, as in `log(y) ~ .` or `y / 2 ~ .`.
#'
#' The right side names the predictors. A dot stands for all columns that the left side does not
#' use. Each level of a factor (ordered or not) or of text becomes a 0/1 column. There is no
#' intercept, since each layer has its own, so `- 1` and `+ 0` have no effect. A right side that
#' only names columns, such as `y ~ .` or `y ~ . - id`, is read as fast as `x` and `y`, even with
#' thousands of columns. `offset()` and `C()` are not supported: see the next section for offsets.
#'
#' A formula uses the columns of `data` and no other variables. Instead of a variable such as `k` in
#' `I(a^k)`, write its value. You can use functions from base R and from attached packages. To use a
#' function of your own, first store its result in a column of `data`.
#'
#' A prediction for a row must not depend on the other rows. Terms whose value depends on other
#' rows, such as `rank(a)`, `I(a - mean(a))`, or `as.integer(factor(b))`, are therefore an error on
#' either side of the formula. So are random numbers such as `jitter(a)`, and factors whose levels
#' depend on the data, such as `factor(a)`. To find such terms, each function is called on single
#' training rows and on a few changed ones, and the results are compared. `scale()`, `poly()`,
#' `splines::ns()`, and `splines::bs()` are fine, because R keeps the values that they found in
#' training.
#'
#' If a term on the right uses the outcome, it is dropped with a warning of class
#' `feedforward_outcome_as_predictor`. [lm()] does this for `y ~ y + a`. Here, it also happens in
#' other formulas: `y ~ a * y` becomes `y ~ a`, and `log(y) ~ y + a` becomes `log(y) ~ a`. A column
#' of `x` that equals `y` is kept, but causes the same warning.
#'
#' @section Offsets:
#' There are no offsets. For counts with an exposure, for which other models take
#' `offset(log(exposure))`, use the rate as the outcome and the exposure as case weights:
#' ```r
#' feedforward(claims / exposure ~ age + region,
#'   data = policies, loss = "poisson", case_weights = policies$exposure
#' )
#' ```
#' The loss is that of the counts with the offset, except for a constant factor and an added
#' constant, so the fit is the same. Predictions are rates: multiply them by the exposure to get
#' counts. For other numeric outcomes, subtract the offset from the outcome, and add it to the
#' predictions. For classes and labels, use the offset as a predictor.
#'
#' @section Images:
#' Networks learn best from values between 0 and 1 or between -1 and 1. Images are therefore divided
#' by a number, which the model keeps as `inputs$divisor` and uses for new images. It is
#' - 255 for `raw` arrays;
#' - 1 if all values are between -1 and 1, or if they are between -1.5 and 1.5 and not all whole
#'   numbers, as resampling can produce. It is also 1 for standardized images, whose values are not
#'   all whole numbers, lie on both sides of 0, and have a mean square of at most 1.5;
#' - the smallest of 255, 1023, 4095, 16383, and 65535 (8, 10, 12, 14, and 16 bits) that no value
#'   exceeds, if no value is below 0 and the largest value is above half of that number;
#' - otherwise the largest absolute value.
#'
#' A message of class `feedforward_message` states the divisor, unless whole numbers are divided by
#' 255 or nothing is divided. To use another divisor, divide the images yourself, in training and in
#' prediction. New images that cannot be on the training scale are an error, and images that seem
#' too dark or too bright cause a message.
#'
#' @section Constant predictors:
#' With `standardize`, predictors that are constant in the training rows (up to rounding) cause a
#' warning of class `feedforward_constant_predictor` that names them. Their weights are 0 and stay
#' 0, so that other values in new data do not change predictions. Sparse columns that are 0 in all
#' training rows, and levels that no training row has, also have weights of 0, without a warning. A
#' factor that has the same level in all training rows causes the warning, too, but the weights of
#' this level are trained: its input is always 1, as for a bias.
#'
#' @section Divergence and interrupts:
#' If the loss becomes NaN or infinite, training stops with an error of class `feedforward_diverged`
#' that names the epoch and batch. Its `fit` element is the model with the last finite weights:
#' `tryCatch(..., feedforward_diverged = function(e) e$fit)`.
#'
#' Long before a loss becomes infinite, it can be far above the loss of a constant prediction (the
#' mean, the median, the quantile, or the proportions of the classes or labels). If training ends
#' like this, a warning of class `feedforward_worse_than_constant` states both losses and what to
#' try. They are computed without dropout on up to 1000 training rows. Training that was merely too
#' short causes no warning: the loss must be more than 1.5 times that of the constant prediction,
#' and training must have made it worse.
#'
#' An interrupt (Ctrl-C or Esc) ends training before the next batch. You get the model as trained so
#' far, with a warning of class `feedforward_interrupted`. R's time limits ([setTimeLimit()]) do the
#' same. To stop a script or loop at this point, turn the warning into an error:
#' `withCallingHandlers(..., feedforward_interrupted = function(w) stop("interrupted"))`.
#'
#' @section Watching training:
#' `on_epoch` is called with one argument, a list. Its elements are the columns of the new row of
#' `history`, with the same names and units: `epoch`, `loss`, `metric`, `valid_loss`,
#' `valid_metric`, `learn_rate`, and `seconds`. Epochs are counted from 1, even in
#' [continue_training()], while [resume_training()] continues the count. There are three more
#' elements:
#' - `epochs`: the number of epochs that are planned;
#' - `elapsed`: the seconds since training started. Like `seconds`, it differs from run to run;
#' - `model`: a function without arguments. It returns the model that you would get if training
#'   ended now. With validation or L-BFGS, this is the model of the best epoch so far. It only works
#'   while `on_epoch` runs. If you do not call it, nothing is copied.
#'
#' If `on_epoch` returns `FALSE`, training stops without a warning, and you get the model as trained
#' so far. Its `stopped$reason` is `"on_epoch returned FALSE"`. All other values are ignored.
#'
#' An error in `on_epoch` also stops training. You get the model as trained so far, with a warning
#' of classes `feedforward_on_epoch_failed` and `feedforward_interrupted`, whose `parent` is the
#' error.
#'
#' `on_epoch` never changes the network. R's random number generator is put back afterwards, so the
#' same seed gives the same network with any function or none. The model does not keep the function.
#' [live_plot()] makes a function that draws the training curves.
#'
#' While L-BFGS trains, `on_epoch` must not use L-BFGS: [feedforward()] and [feedforward_cv()] then
#' give an error, but `optim(method = "L-BFGS-B")` is not protected and would disturb the training.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument at fault.
#'
#' @references
#' Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning representations by
#' back-propagating errors. *Nature* 323, 533-536. \doi{10.1038/323533a0}
#'
#' Dropout: Srivastava, N. et al. (2014). *Journal of Machine Learning Research* 15, 1929-1958.
#'
#' Huber's loss: Huber, P. J. (1964). *Annals of Mathematical Statistics* 35, 73-101.
#' \doi{10.1214/aoms/1177703732}
#'
#' Quantile loss: Koenker, R. and Bassett, G. (1978). *Econometrica* 46, 33-50.
#' \doi{10.2307/1913643}
#'
#' Mish: Misra, D. (2019). \doi{10.48550/arXiv.1908.08681}
#'
#' @seealso [predict.feedforward()] for predictions; [print.feedforward()], [plot.feedforward()],
#'   and [feedforward_methods] for other methods; [optimizers], [schedules], and [initializers] for
#'   the options; [as_feedforward()] for networks trained by [train_nn()].
#'
#'   `vignette("feedforward")` introduces the package. `vignette("choosing")` helps with learning
#'   rates, batch sizes, and penalties.
#'
#' @examples
#' # Classification, with a formula
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 16, epochs = 30, validation = 0.2)
#' predict(fit, iris[c(1, 51, 101), ], type = "prob")
#'
#' # Regression, with a matrix. L-BFGS suits small data sets.
#' x <- as.matrix(mtcars[, c("wt", "hp")])
#' fit <- feedforward(x, mtcars$mpg, hidden_units = 8, optimizer = "lbfgs", penalty = 0.01)
#' predict(fit, x[1:3, ])
#'
#' # The 90% quantile instead of the mean
#' fit <- feedforward(dist ~ speed, data = cars, loss = "quantile", quantile = 0.9)
#' mean(cars$dist < predict(fit, cars)$.pred)
#'
#' # Rare classes count as much as common ones
#' is_virginica <- iris$Species == "virginica"
#' fit <- feedforward(iris[1:4], is_virginica, epochs = 30, class_weights = "balanced")
#' @name feedforward
NULL

#' @rdname feedforward
#' @export
feedforward.data.frame <- function(x, y, ...) {
  check_given(missing(y), "y", hint = if ("outcome" %in% ...names()) {
    "`outcome` is for data sources. Use a formula, as in `feedforward(y ~ ., data = x)`."
  })
  read_and_train("feedforward", kind_of_table(y), x, y, ...)
}

#' @rdname feedforward
#' @export
feedforward.formula <- function(formula, data, ...) {
  check_formula_given(missing(formula), "feedforward")
  check_given(missing(data), "data")
  read_and_train("feedforward", "formula", data, formula, ...)
}

#' @rdname feedforward
#' @export
feedforward <- function(x, ..., hidden_units = 64L, activation = "relu", loss = NULL,
                        quantile = NULL, optimizer = NULL, learn_rate = NULL, epochs = NULL,
                        batch_size = NULL, rate_schedule = NULL, penalty = NULL, mixture = 0,
                        dropout = 0, clip_norm = Inf, validation = 0, stop_iter = Inf,
                        class_weights = NULL, case_weights = NULL, standardize = NULL,
                        encoding = NULL, missing = "error", new_levels = "error",
                        init = NULL, threads = NULL, precision = "double", checkpoint = NULL,
                        checkpoint_every = 1L, verbose = FALSE,
                        progress = interactive() && !verbose, on_epoch = NULL,
                        cluster = NULL) {
  # feedforward(formula = ) has no `x`, but dispatches on the formula.
  check_given(nargs() == 0L, "x")
  UseMethod("feedforward")
}

#' @rdname feedforward
#' @export
feedforward.default <- function(x, y, ...) {
  check_given(missing(x), "x")
  refuse_predictors(x)
}

#' @rdname feedforward
#' @export
feedforward.matrix <- function(x, y, ...) {
  check_given(missing(y), "y")
  read_and_train("feedforward", "matrix", x, y, ...)
}

#' @rdname feedforward
#' @export
feedforward.Matrix <- feedforward.matrix

#' @rdname feedforward
#' @export
feedforward.array <- function(x, y, ...) {
  check_given(missing(y), "y")
  read_and_train("feedforward", "array", x, y, ...)
}

#' @rdname feedforward
#' @export
feedforward.recipe <- function(x, data, ...) {
  check_given(missing(data), "data")
  read_and_train("feedforward", "recipe", data, x, ...)
}

# Trains on data of a `.kind` that read_predictors() knows. `.y` is the outcome, or the formula or
# recipe that describes `.x`. `.fn` is the name of the function, feedforward() or feedforward_cv().
# The names start with a dot, so that no misspelled argument in `...` matches them.
read_and_train <- function(.fn, .kind, .x, .y, ...) {
  force(.y)
  arguments <- with_column_hints(arguments_of(.fn, ...), if (includes_outcome(.kind)) .x)
  # A function in a formula or a step of a recipe might draw random numbers.
  with_seed_kept(with_cluster(arguments$cluster, {
    predictors <- read_predictors(.kind, .x, .y, arguments)
    arguments["case_weights"] <- list(
      weights_beside(arguments$case_weights, predictors$case_weights, ...names())
    )
    if (.fn == "feedforward") {
      fit_network(predictors, predictors$outcomes, arguments)
    } else {
      fit_cv(predictors, predictors$outcomes, grouped_arguments(arguments))
    }
  }))
}
