# How initial weights are drawn: layer by layer from the inputs on, each matrix by one call of R's
# generator. A script that draws the same way gets the same numbers.

#' Initial weights of a network
#'
#' The rules that draw the initial weights, for the argument `init` of [feedforward()]. Biases start
#' at 0.
#'
#' @param sd The standard deviation of the weights, a number of at least 0. The default, 0.01, is
#'   the same as in [init_nn()]. Larger values can saturate sigmoids and slow the start. With 0, all
#'   units of a layer stay identical to each other.
#'
#' @details
#' - `init_glorot()` draws from the uniform distribution between -a and a, where a is
#'   `sqrt(6 / (inputs + units))`, with the numbers of inputs and units of the layer. It keeps the
#'   spread of activations and gradients similar from layer to layer if activations are nearly
#'   linear around 0: for `"tanh"`, `"sigmoid"`, `"linear"`, and in the output layer.
#' - `init_he()` draws from the normal distribution with the standard deviation `sqrt(2 / inputs)`.
#'   It makes up for the half of the values that `"relu"` and similar activations (`"leaky_relu"`,
#'   `"elu"`, `"gelu"`, `"silu"`, `"mish"`, `"softplus"`) cut off.
#' - `init_lecun()` draws from the normal distribution with the standard deviation
#'   `sqrt(1 / inputs)`, for which `"selu"` was made.
#' - `init_normal()` draws from the normal distribution with the standard deviation `sd`.
#'
#' Without `init`, each hidden layer uses the one of the first three that suits its activation, and
#' the output layer uses `init_glorot()`. If you supply `init`, all layers use it.
#'
#' @returns A list of class `feedforward_init` with the `name` and, for `init_normal()`, the `sd`.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `sd` is not a finite number of at least 0.
#'
#' @references
#' Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training deep feedforward
#' neural networks. *Proceedings of AISTATS*, PMLR 9, 249-256.
#'
#' He, K., Zhang, X., Ren, S. and Sun, J. (2015). Delving deep into rectifiers.
#' *IEEE International Conference on Computer Vision*, 1026-1034. \doi{10.1109/ICCV.2015.123}
#'
#' Klambauer, G., Unterthiner, T., Mayr, A. and Hochreiter, S. (2017). Self-normalizing neural
#' networks. *Advances in Neural Information Processing Systems* 30.
#' \doi{10.48550/arXiv.1706.02515}
#'
#' @examples
#' set.seed(1)
#' feedforward(Species ~ ., iris, hidden_units = 4, epochs = 5, init = init_normal(0.1))
#' @name initializers
NULL

#' @rdname initializers
#' @export
init_glorot <- function() new_setting("init", "glorot")

#' @rdname initializers
#' @export
init_he <- function() new_setting("init", "he")

#' @rdname initializers
#' @export
init_lecun <- function() new_setting("init", "lecun")

#' @rdname initializers
#' @export
init_normal <- function(sd = 0.01) {
  new_setting("init", "normal", sd = check_number(sd, "sd", min = 0))
}

#' @rdname print_options
#' @export
print.feedforward_init <- function(x, ...) {
  check_init(x, "x")
  print_setting("Initial weights", x)
}

# Returns NULL, or a rule for all layers from its name or the rule itself.
check_init <- function(x, arg = "init") {
  check_optional(x, check_setting, arg, "init", initializer_names, initializers_elsewhere)
}

# Draws the parameters W1, b1, W2, ... of an architecture.
draw_parameters <- function(architecture, init) {
  sizes <- architecture$sizes
  suited <- lapply(c(activations[architecture$activations], "glorot"), check_init)
  parameters <- list()
  for (layer in seq_along(suited)) {
    rule <- if (is.null(init)) suited[[layer]] else init
    W <- draw_weights(rule, units = sizes[layer + 1L], inputs = sizes[layer])
    parameters[[paste0("W", layer)]] <- W
    parameters[[paste0("b", layer)]] <- numeric(sizes[layer + 1L])
  }
  parameters
}

draw_weights <- function(rule, units, inputs) {
  count <- as.double(units) * inputs
  drawn <- switch(rule$name,
    glorot = stats::runif(count, -1, 1) * sqrt(6 / (inputs + units)),
    he = rnorm(count, mean = 0, sd = sqrt(2 / inputs)),
    lecun = rnorm(count, mean = 0, sd = sqrt(1 / inputs)),
    normal = rnorm(count, mean = 0, sd = rule$sd)
  )
  matrix(drawn, nrow = units, ncol = inputs)
}
