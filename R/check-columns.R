# What is refused of the columns of a data frame, before any of them is made numbers.

# Columns of a data frame that can become numbers: numeric, logical, factor or text.
check_columns <- function(data, arg, call) {
  # As a list: a data frame looks each name up among all.
  columns <- as.list(data)
  usable <- vapply(columns, is_usable_column, TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    column <- columns[!usable][[1L]]
    stop_input(arg, "made of numeric, logical, factor and text columns",
      sprintf("%s in column `%s`", describe(column), name),
      hint = hint_for_column(column, name, arg), call = call
    )
  }
  empty <- vapply(columns, function(column) {
    (is.factor(column) || is.character(column)) && length(column) && all(is.na(column))
  }, TRUE)
  if (any(empty)) {
    stop_input(arg, "finite (no NA, NaN or Inf)",
      sprintf("nothing but NA in column `%s`", names(data)[empty][1L]),
      hint = "Leave out such columns.", call = call
    )
  }
}

# Factors become a column of 0 and 1 per level, which all together have to be one matrix.
check_dense_size <- function(data, arg, call) {
  widths <- column_widths(data)
  if (any(widths > 1) && sum(widths) * nrow(data) > most_numbers) {
    widest <- which.max(widths)
    name <- visible(names(data)[widest])
    stop_feedforward("{.arg {arg}} has too many levels for a matrix of 0/1 columns.",
      x = "{thousands(nrow(data))} rows and {thousands(sum(widths))} columns, of which
           {thousands(widths[widest])} of {.code {name}} alone.",
      i = "Leave out columns that name single rows, or give a sparse matrix, such as
           Matrix::sparse.model.matrix() makes.",
      call = call
    )
  }
}

is_usable_column <- function(x) {
  is.factor(x) || ((is_numbers(x) || is.character(x)) && is.null(dim(x)) && !is.object(x))
}

hint_for_column <- function(column, name, arg) {
  if (inherits(column, "hardhat_case_weights")) {
    return("Take weights out of the data and give them as `case_weights`.")
  }
  code <- column_in_code(name, arg)
  # scale() gives such matrices, table() such arrays.
  if (is_numbers(column) && length(dim(column)) > 0L && NCOL(column) == 1L) {
    return(sprintf("as.vector(%s) makes a plain column of it.", code))
  }
  if (length(dim(column)) == 2L) {
    return(sprintf("do.call(data.frame, %s) makes columns of their own of it.", arg))
  }
  if (is.null(dim(column))) hint_for_type_of(column, code)
}

# How a user writes a column of a data frame.
column_in_code <- function(name, arg) {
  if (make.names(name) == name) paste0(arg, "$", name) else sprintf("%s[[%s]]", arg, listed(name))
}

# How a vector that holds no numbers of R becomes one that does. `code` is how the user calls it.
hint_for_type_of <- function(x, code) {
  if (is.object(x)) {
    return(hint_for_class(x, code))
  }
  switch(typeof(x),
    raw = sprintf("as.integer(%s) makes numbers of it.", code),
    complex = sprintf("Re(%s), Im(%s) or Mod(%s) makes numbers of it.", code, code, code),
    list = if (all(lengths(x) == 1L)) sprintf("unlist(%s) makes a plain column of it.", code)
  )
}
