#' @keywords internal
#' @useDynLib feedforward, .registration = TRUE
#' @importFrom Rcpp evalCpp
"_PACKAGE"
