#' @details
#' Start with `vignette("mnist", "feedforward")`, or with the example of [train_nn()].
#'
#' - Train and predict: [init_nn()], [train_nn()], [predict_nn()], and methods for the
#'   result ([two_layer_nn]).
#' - The parts: [sigmoid()], [softmax()], [forward()], [backward()], [cross_entropy()].
#' - Data: [dataset_mnist()], [synthetic_digits()], [read_idx()], [read_npy()],
#'   [read_npz()].
#' - Shapes: [array_reshape()], [to_categorical()].
#' - Results: [plot_digits()], [confusion_table()].
#' - Settings: [feedforward_threads].
#' @keywords internal
#' @useDynLib feedforward, .registration = TRUE
#' @importFrom Rcpp evalCpp
"_PACKAGE"
