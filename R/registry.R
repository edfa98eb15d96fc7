# What users choose by name, each name written once. The core has tables of the same names
# (activation.hpp, loss.hpp, options.hpp, schedule.hpp), and a test compares the two. For a new
# activation, loss, optimizer, or schedule, add one line here and one there: see CONTRIBUTING.md.
#
# `elsewhere` are the names that other packages use. The error message for such a name suggests
# ours.

# Each activation with the initializer that suits it.
activations <- c(
  relu = "he", sigmoid = "glorot", tanh = "glorot", leaky_relu = "he", elu = "he", selu = "lecun",
  gelu = "he", silu = "he", mish = "he", softplus = "he", linear = "glorot"
)

activations_elsewhere <- c(swish = "silu", logistic = "sigmoid", identity = "linear")

initializer_names <- c("glorot", "he", "lecun", "normal")

initializers_elsewhere <- c(
  xavier = "glorot", xavier_uniform = "glorot", glorot_uniform = "glorot",
  kaiming = "he", kaiming_normal = "he", he_normal = "he", lecun_normal = "lecun"
)

# outcome: the kind of outcome a loss is for. The first loss of a kind is its default.
# output: what turns logits into predictions.
# scale: how outcomes are standardized. By mean and standard deviation ("moments"), by median and
#   median deviation ("robust"), or not at all ("none").
new_loss <- function(outcome, output = "linear", scale = "none", elsewhere) {
  list(outcome = outcome, output = output, scale = scale, elsewhere = elsewhere)
}

losses <- list(
  cross_entropy = new_loss("classes", output = "softmax", elsewhere = c(
    "ce", "xent", "entropy", "crossentropy_loss", "categorical_crossentropy",
    "sparse_categorical_crossentropy", "softmax", "multinomial", "deviance", "log_loss",
    "mn_log_loss", "multi_logloss", "mlogloss", "nll", "nll_loss", "negative_log_likelihood"
  )),
  binary_cross_entropy = new_loss("labels", output = "sigmoid", elsewhere = c(
    "bce", "bce_loss", "bce_with_logits", "bce_with_logits_loss", "binary_crossentropy",
    "binary_logloss", "logistic", "binomial"
  )),
  squared_error = new_loss("numbers", scale = "moments", elsewhere = c(
    "mse", "mean_squared_error", "rmse", "l2", "sse", "least_squares", "quadratic", "gaussian",
    "mse_loss"
  )),
  absolute_error = new_loss("numbers", scale = "robust", elsewhere = c(
    "mae", "mean_absolute_error", "l1", "l1_loss", "lad", "laplace"
  )),
  huber = new_loss("numbers", scale = "robust", elsewhere = c(
    "smooth_l1", "smooth_l1_loss", "huber_loss"
  )),
  quantile = new_loss("numbers", scale = "robust", elsewhere = c(
    "pinball", "pinball_loss", "quantile_loss", "quantile_regression", "check"
  )),
  poisson = new_loss("numbers", output = "exp", elsewhere = c(
    "poisson_nll_loss", "poisson_deviance"
  ))
)

losses_for <- function(kind) {
  names(losses)[vapply(losses, function(loss) loss$outcome == kind, TRUE)]
}

losses_elsewhere <- local({
  names <- lapply(losses, `[[`, "elsewhere")
  stats::setNames(rep(names(names), lengths(names)), unlist(names))
})

optimizer_names <- c("sgd", "rmsprop", "adam", "adamw", "lbfgs")

optimizers_elsewhere <- c("l-bfgs-b" = "lbfgs", bfgs = "lbfgs")

schedule_names <- c("none", "step", "exponential", "inverse_time", "cosine")

precision_names <- c("double", "single")

precisions_elsewhere <- c(float = "single", float32 = "single", float64 = "double")

# The columns of a model's history, after `epoch`, as the core calls them.
history_columns <- c("loss", "metric", "valid_loss", "valid_metric", "learn_rate", "seconds")

arguments_elsewhere <- c(
  size = "hidden_units", units = "hidden_units", hidden = "hidden_units",
  neurons = "hidden_units", hidden_layer_sizes = "hidden_units", hidden_layers = "hidden_units",
  maxit = "epochs", max_iter = "epochs", iterations = "epochs", iter = "epochs",
  max_epochs = "epochs", trace = "verbose",
  decay = "penalty", weight_decay = "penalty", alpha = "penalty", l2 = "penalty",
  lr = "learn_rate", learning_rate = "learn_rate", learning_rate_init = "learn_rate",
  validation_split = "validation", validation_data = "validation",
  weights = "case_weights", sample_weight = "case_weights",
  patience = "stop_iter", early_stopping = "stop_iter", linout = "loss", solver = "optimizer",
  callback = "on_epoch", callbacks = "on_epoch",
  scale = "standardize", normalize = "standardize", momentum = "optimizer = optimizer_sgd()",
  nesterov = "optimizer = optimizer_sgd()", schedule = "rate_schedule",
  lr_schedule = "rate_schedule", grad_norm_clip = "clip_norm", grad_value_clip = "clip_norm",
  clipnorm = "clip_norm", hidden_units_2 = "hidden_units = c(64, 16)"
)

# These are not arguments here: they are done before the call.
done_before <- c(
  seed = "Use `set.seed()` before the call.",
  offset = hint_for_offset,
  subset = "Choose the rows of the data before the call.",
  na.action = "Use `na.omit()` before the call to remove rows with missing values."
)
