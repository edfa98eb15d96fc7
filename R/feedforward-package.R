#' feedforward: fast, exact, and reproducible feed-forward neural networks
#'
#' Networks of fully connected layers for classification, regression, and multi-label
#' classification, trained on the CPU.
#'
#' @details
#' Start with `vignette("feedforward", "feedforward")`, or with the examples of [feedforward()].
#' To move from a well-known teaching script to this package, see
#' `vignette("mnist", "feedforward")`.
#'
#' - Fit a network to any data: [feedforward()], with [optimizers], [schedules], and [initializers];
#'   [predict.feedforward()], [plot.feedforward()], [confusion_matrix()].
#' - Continue: [continue_training()], [resume_training()].
#' - Save and read: [write_model()], [read_model()]. Predict elsewhere: [as_sql()], [write_onnx()],
#'   [write_json()].
#' - Explain: [permutation_importance()].
#' - In tidymodels: the [engines of mlp()][details_mlp_feedforward], the
#'   [tidiers][feedforward_tidiers], and [plots with ggplot2][autoplot.feedforward].
#' - In the style of the script: [init_nn()], [train_nn()], [predict_nn()], and methods for the
#'   result ([two_layer_nn]).
#' - Building blocks of the script: [sigmoid()], [softmax()], [forward()], [backward()],
#'   [cross_entropy()].
#' - Data: [dataset_mnist()], [synthetic_digits()], [read_idx()], [read_npy()],
#'   [read_npz()].
#' - Shapes: [array_reshape()], [to_categorical()].
#' - Results: [plot_digits()], [confusion_table()].
#' - Settings: [feedforward_threads].
#' @keywords internal
#' @useDynLib feedforward, .registration = TRUE
#' @importFrom Rcpp evalCpp
#' @docType package
#' @name feedforward-package
NULL

.onLoad <- function(libname, pkgname) {
  register_engines_with_parsnip()
}
