# A network as steps of arithmetic on columns, for languages without matrices. Each step only uses
# values of the steps before it, so nothing is computed twice. as_sql() makes a subquery of each
# step, and the method of orbital() a list of R expressions.
#
# A `language` says how the pieces are written, as functions that return text: of a column `name`, a
# `number` (a vector), `text`, and so on. Arithmetic, comparisons, abs(), exp(), sqrt(), and tanh()
# are the same everywhere. The names of values start with `prefix`.

# Returns list(steps, results). Each step is list(name, values, keep): named expressions, and the
# names of earlier values that later steps need. `results` are the expressions of the predictions,
# named as by predict(). `types` are types of predictions.
export_program <- function(parts, types, language, prefix = ".pred") {
  first <- c(list(read_step(parts, language)), input_steps(parts, language))
  layers <- layer_steps(parts, language, if (identical(types, "hidden")) "hidden" else "output")
  last <- names(layers[[length(layers)]]$values)
  outputs <- output_steps(parts, types, last, language)
  steps <- c(first, layers, outputs)
  list(
    steps = steps[lengths(lapply(steps, `[[`, "values")) > 0L],
    results = unlist(lapply(types, function(type) {
      rlang::set_names(
        result_values(parts, type, last, language),
        result_names(parts$outcome, type, length(last), prefix)
      )
    }))
  )
}

new_step <- function(name, values, keep = character()) {
  list(name = name, values = values, keep = keep)
}

internal_names <- function(language, letter, numbers) {
  if (length(numbers)) paste0(language$prefix, letter, numbers) else character()
}

# ---- Reading the columns ------------------------------------------------------------

# Columns become numbers, or numbers of levels: 0 for an unknown level where these are allowed, and
# one more than there are levels for a missing value.
read_step <- function(parts, language) {
  values <- vapply(parts$columns, read_column, "", language)
  new_step("x", rlang::set_names(values, internal_names(language, "x", seq_along(values))))
}

read_column <- function(column, language) {
  name <- language$column(column$name)
  if (is.null(column$levels)) {
    read <- if (column$type == "logical") language$from_logical else language$from_number
    return(read(name, column$missing))
  }
  levels <- column$levels
  n <- length(levels)
  if (column$is_logical) {
    name <- language$logical(name)
    levels <- language$truth(levels == "TRUE")
  } else {
    levels <- language$text(levels)
  }
  if (!column$missing && !column$zero) {
    return(language$choose(name, levels, as.character(seq_len(n))))
  }
  # The order matters: a value that is not missing and none of the levels is unknown.
  conditions <- c(
    language$equal(name, levels), if (column$missing) language$is_missing(name, TRUE),
    if (column$zero) language$is_missing(name, FALSE)
  )
  codes <- c(seq_len(n), if (column$missing) n + 1L, if (column$zero) 0L)
  language$case(conditions, as.character(codes))
}

# ---- The inputs of the network ------------------------------------------------------

# Numbers are scaled and encoded. Levels stay numbers of levels.
input_steps <- function(parts, language) {
  keep <- internal_names(language, "x", which(has_levels(parts$columns)))
  inputs <- parts$inputs
  numbers <- which(!has_levels(parts$columns)[inputs$column])
  clips <- inputs$clips[numbers]
  names <- internal_names(language, ifelse(clips, "s", "i"), numbers)
  values <- vapply(numbers, function(k) {
    input <- lapply(inputs, `[[`, k)
    input_value(input, parts$columns[[input$column]], language)
  }, "")
  clipped <- internal_names(language, "i", numbers[clips])
  list(
    new_step("inputs", rlang::set_names(values, names), keep),
    new_step("clipped", rlang::set_names(clipped_value(names[clips], language), clipped),
      c(keep, names[!clips]))
  )
}

# The value of an input of a column of numbers, before it is clipped.
input_value <- function(input, column, language) {
  x <- internal_names(language, "x", input$column)
  if (input$is == "missing") {
    return(language$case(language$is_missing(x, TRUE), "1", "0"))
  }
  rest <- column$replacement
  if (input$is == "interval") {
    width <- input$to - input$from
    value <- scaled_value(x, input$from, width, language)
    edges <- paste(x, c("<=", ">="), language$number(c(input$from, input$to)))
    share <- if (column$missing) min(max((rest - input$from) / width, 0), 1)
    return(language$case(
      c(edges, if (column$missing) language$is_missing(x, TRUE)),
      c("0", "1", if (column$missing) language$number(share)), value
    ))
  }
  value <- scaled_value(x, input$center, input$scale, language)
  # Other values than true and false may be infinite where NULL means missing.
  finite <- if (column$type != "logical" || column$missing) language$is_finite(x)
  conditions <- c(if (column$missing) language$is_missing(x, TRUE), finite)
  rest <- if (column$missing) language$number((rest - input$center) / input$scale)
  if (is.null(finite)) {
    return(language$case(conditions, rest, value))
  }
  language$case(conditions, c(rest, value))
}

scaled_value <- function(x, center, scale, language) {
  if (center != 0) x <- paste(x, if (center > 0) "-" else "+", language$number(abs(center)))
  if (scale == 1) {
    return(x)
  }
  paste(if (center != 0) sprintf("(%s)", x) else x, "/", language$number(scale))
}

# The formula of encode_number() in encoding.hpp, which is the identity for small numbers and 3 for
# large ones. The limits keep the square from being too small or too large.
clipped_value <- function(s, language) {
  vapply(s, function(s) {
    language$case(
      sprintf("abs(%s) < %s", s, c("1e-9", "1e9")),
      c(s, sprintf("%s / sqrt(1 + %s * %s / 9)", s, s, s)), sprintf("3 * (%s / abs(%s))", s, s)
    )
  }, "", USE.NAMES = FALSE)
}

# ---- Layers -------------------------------------------------------------------------

# Two steps for each hidden layer, its sums and their activations, and one for the output. Without
# the output, `until` is "hidden".
layer_steps <- function(parts, language, until) {
  steps <- list()
  terms <- function(weights) input_terms(weights, parts, language)
  count <- length(parts$layers)
  for (k in seq_len(if (until == "hidden") count - 1L else count)) {
    layer <- parts$layers[[k]]
    units <- seq_along(layer$bias)
    is_output <- k == count
    letter <- if (is_output) "o" else sprintf("z%d_", k)
    sums <- rlang::set_names(
      affine_values(terms(layer$weights), layer$bias, language),
      internal_names(language, letter, units)
    )
    steps <- c(steps, list(new_step(if (is_output) "outputs" else sprintf("z%d", k), sums)))
    from <- names(sums)
    if (layer$activation != "linear") {
      from <- internal_names(language, sprintf("h%d_", k), units)
      values <- rlang::set_names(activation_values(layer$activation, names(sums), language), from)
      steps <- c(steps, list(new_step(sprintf("h%d", k), values)))
    }
    terms <- terms_of(from, language)
  }
  steps
}

# Returns a function that makes the terms of the sums: a character matrix, units x inputs, with the
# sign of each term first.
terms_of <- function(from, language) {
  force(from)
  function(weights) signed_terms(weights, rep(from, each = nrow(weights)), language)
}

signed_terms <- function(weights, factors, language) {
  terms <- paste(ifelse(weights < 0, "-", "+"), language$number(abs(weights)), "*", factors)
  matrix(terms, nrow(weights), ncol(weights))
}

# The terms of the first layer: one for each number, and one for each column of levels.
input_terms <- function(weights, parts, language) {
  inputs <- parts$inputs
  is_level <- has_levels(parts$columns)
  terms <- lapply(seq_along(parts$columns), function(j) {
    of <- which(inputs$column == j)
    own <- weights[, of, drop = FALSE]
    if (is_level[j]) {
      return(level_terms(own, inputs[of, ], parts$columns[[j]], j, language))
    }
    terms_of(internal_names(language, "i", of), language)(own)
  })
  do.call(cbind, terms)
}

# What a level adds to each sum, chosen by its number.
level_terms <- function(weights, inputs, column, j, language) {
  weights <- weights / rep(inputs$scale, each = nrow(weights))
  without <- -as.vector(weights %*% inputs$center)
  values <- cbind(if (column$zero) without, without + weights)
  codes <- as.character(c(if (column$zero) 0L, seq_len(nrow(inputs))))
  x <- internal_names(language, "x", j)
  terms <- apply(values, 1L, function(values) {
    paste("+", language$choose(x, codes, language$number(values)))
  })
  matrix(terms)
}

affine_values <- function(terms, bias, language) {
  bias <- language$bias(bias)
  vapply(seq_along(bias), function(u) long_sum(c(bias[u], terms[u, ]), language), "")
}

# Databases limit how deep an expression may be, and a + b + c + ... is as deep as it is long. So
# long sums become sums of sums in parentheses. Each term but the first starts with its sign.
long_sum <- function(terms, language, most = 50L) {
  while (length(terms) > most) {
    group <- (seq_along(terms) - 1L) %/% most
    terms <- vapply(split(terms, group), function(own) {
      sprintf("+ (%s)", sub("^[+] ", "", sum_text(own, language)))
    }, "", USE.NAMES = FALSE)
  }
  sub("^[+] ", "", sum_text(terms, language))
}

sum_text <- function(terms, language) in_lines(terms, language$new_line)

# Joins words, with line ends where lines would be long.
in_lines <- function(words, new_line) {
  line <- cumsum(nchar(words) + 1) %/% 85
  lines <- vapply(split(words, line), paste, "", collapse = " ", USE.NAMES = FALSE)
  paste(lines, collapse = new_line)
}

# ---- Activations --------------------------------------------------------------------

# The formulas of kernels/activations.hpp. They agree with it within 1e-14 or so, and their
# exponential functions cannot overflow. A missing value stays missing: so `z` is the default.
activation_values <- function(activation, z, language) {
  vapply(z, activation_value, "", activation = activation, language = language, USE.NAMES = FALSE)
}

activation_value <- function(z, activation, language) {
  below_0 <- paste(z, "< 0")
  positive <- sprintf("(%s + abs(%s)) / 2", z, z)
  e <- language$exp(sprintf("-abs(%s)", z))
  scale <- 1.0507009873554804934
  alpha <- 1.6732632423543772848
  switch(activation,
    relu = language$case(below_0, "0", z),
    leaky_relu = language$case(below_0, paste("0.01 *", z), z),
    sigmoid = sprintf("1 / (1 + %s)", language$exp_within(paste0("-", z))),
    tanh = sprintf("tanh(%s)", z),
    elu = language$case(below_0, paste(language$exp(z), "- 1"), z),
    selu = language$case(below_0,
      sprintf("%s * (%s - 1)", language$number(scale * alpha), language$exp(z)),
      paste(language$number(scale), "*", z)
    ),
    silu = sprintf("%s / (1 + %s)", z, language$exp_within(paste0("-", z))),
    # log(1 + e). Not all versions of SQLite have a logarithm of this name.
    softplus = sprintf("%s + 2 * atanh(%s / (2 + %s))", positive, e, e),
    # tanh(log(w)) is 1 - 2 / (w^2 + 1).
    mish = sprintf("%s - 2 * %s / ((1 + %s) * (1 + %s) + 1)", z, z, language$exp_within(z),
      language$exp_within(z)),
    gelu = sprintf("%s - abs(%s) * %s", positive, z, normal_tail(z, language))
  )
}

# The share of the normal distribution above |z|, for languages without erf(). The ratio of two
# polynomials is that of Hart et al. (1968), Computer Approximations, algorithm 5666, as printed by
# West (2005), Better approximations to cumulative normal functions, Wilmott Magazine.
normal_tail <- function(z, language) {
  above <- c(
    0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
    221.213596169931, 220.206867912376
  )
  below <- c(
    0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
    637.333633378831, 793.826512519948, 440.413735824752
  )
  polynomial <- function(coefficients) {
    Reduce(function(text, next_one) sprintf("(%s * abs(%s) + %s)", text, z, next_one),
      language$number(coefficients))
  }
  weight <- language$exp(sprintf("-%s * %s / 2", z, z))
  parts <- c(weight, paste("*", polynomial(above)), paste("/", polynomial(below)))
  # Powers of large numbers would overflow.
  language$case(sprintf("abs(%s) %s 30", z, c("<", ">=")),
    c(paste(parts, collapse = language$new_line), "0"))
}

# ---- Predictions --------------------------------------------------------------------

# The steps from the outputs to probabilities.
output_steps <- function(parts, types, outputs, language) {
  if (!any(types %in% c("class", "prob"))) {
    return(list())
  }
  n <- seq_along(outputs)
  keep <- if ("link" %in% types) outputs else character()
  if (parts$outcome$kind == "labels") {
    p <- sprintf("1 / (1 + %s)", vapply(paste0("-", outputs), language$exp_within, ""))
    names(p) <- internal_names(language, "p", n)
    return(list(new_step("shares", p, keep)))
  }
  # Without the largest output, the exponential function could overflow.
  top <- internal_names(language, "top", "")
  odds <- vapply(paste(outputs, "-", top), language$exp, "")
  names(odds) <- internal_names(language, "e", n)
  total <- long_sum(paste("+", names(odds)), language)
  list(
    new_step("largest", rlang::set_names(largest(outputs, language), top), outputs),
    new_step("odds", odds, keep),
    new_step("sums", rlang::set_names(total, internal_names(language, "total", "")),
      c(keep, names(odds)))
  )
}

# Databases limit the number of arguments of a function.
largest <- function(values, language, most = 50L) {
  while (length(values) > 1L) {
    group <- (seq_along(values) - 1L) %/% most
    values <- vapply(split(values, group), function(own) {
      if (length(own) > 1L) language$largest(own) else own
    }, "", USE.NAMES = FALSE)
  }
  values
}

# `outputs` are the names of the last values of the network.
result_values <- function(parts, type, outputs, language) {
  outcome <- parts$outcome
  n <- seq_along(outputs)
  if (type == "hidden" || (type == "link" && outcome$kind != "numbers")) {
    return(outputs)
  }
  if (outcome$kind == "numbers") {
    if (parts$output$link == "exp" && type != "link") {
      return(vapply(outputs, language$exp_any, ""))
    }
    return(unscaled_values(outputs, parts$output, language))
  }
  if (outcome$kind == "labels") {
    p <- internal_names(language, "p", n)
    if (type == "prob") {
      return(p)
    }
    yes <- if (outcome$type == "logical") language$truth(c(TRUE, FALSE)) else c("1", "0")
    return(vapply(p, function(p) language$case(paste(p, c(">= 0.5", "< 0.5")), yes), ""))
  }
  odds <- internal_names(language, "e", n)
  if (type == "prob") {
    return(paste(odds, "/", internal_names(language, "total", "")))
  }
  # The first of equally probable classes. The odds of the most probable one are exp(0) = 1.
  levels <- outcome$levels
  is_logical <- outcome$type == "logical"
  classes <- if (is_logical) language$truth(levels == "TRUE") else language$text(levels)
  language$case(language$equal(odds, "1"), classes)
}

unscaled_values <- function(values, output, language) {
  scaled <- output$scale != 1
  values[scaled] <- paste(values[scaled], "*", language$number(output$scale[scaled]))
  moved <- output$center != 0
  sign <- ifelse(output$center < 0, "-", "+")
  values[moved] <- paste(values, sign, language$number(abs(output$center)))[moved]
  values
}

# The names of columns of predict(). `n` is the number of outputs, or of hidden units.
result_names <- function(outcome, type, n, prefix) {
  start <- switch(type,
    class = paste0(prefix, "_class"), quantile = paste0(prefix, "_quantile"), link = ".link",
    hidden = ".hidden", prefix
  )
  names <- if (type == "hidden") seq_len(n) else output_names(outcome)
  if (is.null(names) || (type == "class" && outcome$kind == "classes")) {
    return(start)
  }
  paste0(start, "_", names)
}
