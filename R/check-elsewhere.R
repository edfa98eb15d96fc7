# What other packages call arguments and values: a hint leads from their names to ours.

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
  scale = "standardize", normalize = "standardize", momentum = "optimizer = optimizer_sgd()",
  nesterov = "optimizer = optimizer_sgd()"
)

# What is done before the call, not by an argument.
done_before <- c(
  seed = "Call set.seed() before.",
  subset = "Choose the rows of the data before the call.",
  na.action = "Leave out rows with missing values before the call, as na.omit() does."
)

losses_elsewhere <- c(
  mse = "squared_error", mean_squared_error = "squared_error", rmse = "squared_error",
  l2 = "squared_error", sse = "squared_error", least_squares = "squared_error",
  quadratic = "squared_error", gaussian = "squared_error", mse_loss = "squared_error",
  mae = "absolute_error", mean_absolute_error = "absolute_error", l1 = "absolute_error",
  l1_loss = "absolute_error", lad = "absolute_error", laplace = "absolute_error",
  ce = "cross_entropy", xent = "cross_entropy", entropy = "cross_entropy",
  crossentropy_loss = "cross_entropy", categorical_crossentropy = "cross_entropy",
  sparse_categorical_crossentropy = "cross_entropy", softmax = "cross_entropy",
  multinomial = "cross_entropy", deviance = "cross_entropy", log_loss = "cross_entropy",
  mn_log_loss = "cross_entropy", multi_logloss = "cross_entropy", mlogloss = "cross_entropy",
  nll = "cross_entropy", nll_loss = "cross_entropy", negative_log_likelihood = "cross_entropy",
  bce = "binary_cross_entropy", bce_loss = "binary_cross_entropy",
  bce_with_logits = "binary_cross_entropy", bce_with_logits_loss = "binary_cross_entropy",
  binary_crossentropy = "binary_cross_entropy", binary_logloss = "binary_cross_entropy",
  logistic = "binary_cross_entropy", binomial = "binary_cross_entropy",
  smooth_l1 = "huber", smooth_l1_loss = "huber", huber_loss = "huber",
  poisson_nll_loss = "poisson", poisson_deviance = "poisson"
)

activations_elsewhere <- c(swish = "silu", logistic = "sigmoid", identity = "linear")

optimizers_elsewhere <- c("l-bfgs-b" = "lbfgs", bfgs = "lbfgs")

inits_elsewhere <- c(
  xavier = "glorot", xavier_uniform = "glorot", glorot_uniform = "glorot",
  kaiming = "he", kaiming_normal = "he", he_normal = "he"
)

precisions_elsewhere <- c(
  float = "single", float32 = "single", float64 = "double"
)
