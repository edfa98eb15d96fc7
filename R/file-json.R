# Plain R lists as JSON text and back. Every number is exact to the last bit.
#
# Named lists are objects. A single string, truth value, or double stands for itself. NULL is null.
# Everything else is an array that starts with its type:
#   ["double", 1, 0.10000000000000001, null, "Inf"]   a vector; null is NA
#   ["list", ...]                                     a list without names
#   ["named", ["double", 1, 2], "a", "b"]             a vector with names
#   ["class", {...}, "feedforward_optimizer"]         a list with a class, one of a few

# Only these classes are kept, so that a file cannot bring in others.
plain_classes <- c("feedforward_optimizer", "feedforward_schedule", "feedforward_init")

# `metadata`, a list of NULL, lists, and logical, integer, double, and character vectors (with
# names or not), as JSON text. Anything else is an error that names the element.
to_plain_json <- function(x, name = "metadata") {
  if (is.null(x)) {
    return("null")
  }
  kept <- if (is.list(x)) intersect(class(x), plain_classes)
  other <- setdiff(names(attributes(x)), c("names", if (length(kept)) "class"))
  if (!typeof(x) %in% c("list", vector_types) || length(other)) {
    stop_feedforward("{.field {name}} cannot be written.",
      x = "It is {describe(x)}.", i = "Only plain lists and vectors can be written."
    )
  }
  if (length(kept)) {
    return(tagged("class", c(to_plain_json(unclass(x), name), vector_json(kept))))
  }
  if (is.list(x)) {
    return(list_json(x, name))
  }
  if (is.character(x) && !all(is_text(c(x, names(x))))) {
    stop_feedforward("{.field {name}} cannot be written.",
      x = "It has text with an invalid encoding."
    )
  }
  if (!is.null(names(x))) {
    return(tagged("named", c(to_plain_json(unname(x), name), vector_json(names(x)))))
  }
  bare <- length(x) == 1L && !is.na(x) && !is.integer(x) && !is.infinite(x)
  if (bare) vector_json(x) else tagged(typeof(x), vector_json(x))
}

vector_types <- c("logical", "integer", "double", "character")

tagged <- function(tag, values) array_json(c(quote_json(tag), values))

# An array of values that are JSON text already, and an object of such values with names.
array_json <- function(values) sprintf("[%s]", paste(values, collapse = ","))

object_json <- function(values) {
  sprintf("{%s}", paste(quote_json(names(values)), values, sep = ":", collapse = ","))
}

list_json <- function(x, name) {
  keys <- names(x)
  values <- vapply(seq_along(x), function(i) {
    part <- paste0(name, "$", if (is.null(keys)) i else keys[i])
    to_plain_json(x[[i]], part)
  }, "")
  if (is.null(keys)) {
    return(tagged("list", values))
  }
  if (anyDuplicated(keys) || !all(nzchar(keys))) {
    stop_feedforward("{.field {name}} cannot be written: its names are not unique.")
  }
  object_json(rlang::set_names(values, keys))
}

# One piece of text for each element.
vector_json <- function(x) {
  text <- switch(typeof(x),
    logical = ifelse(x, "true", "false"),
    integer = sprintf("%d", x),
    double = double_json(x),
    character = quote_json(x)
  )
  # NaN is not NA here.
  text[is.na(x) & !is.nan(x)] <- "null"
  text
}

# 17 digits distinguish every double from its neighbors. JSON has no NaN and Inf, which become
# strings. -0 becomes -0.0, since jsonlite would read it as an integer, which has no sign.
double_json <- function(x) {
  text <- sprintf("%.17g", x)
  odd <- !is.finite(x)
  text[odd] <- sprintf("\"%s\"", x[odd])
  text[!odd & x == 0 & 1 / x < 0] <- "-0.0"
  text
}

# JSON strings. Control characters are written as \\u escapes.
quote_json <- function(x) {
  x <- enc2utf8(x)
  text <- gsub("([\"\\\\])", "\\\\\\1", x)
  for (code in if (any(grepl("[\001-\037]", x))) 1:31) {
    text <- gsub(intToUtf8(code), sprintf("\\u%04x", code), text, fixed = TRUE)
  }
  ifelse(is.na(x), "null", sprintf("\"%s\"", text))
}

# ---- Reading ----------------------------------------------------------------------

# The list that to_plain_json() wrote. Errors name `origin`.
from_plain_json <- function(text, origin) {
  plain_value(parse_json(charToRaw(text), origin), origin)
}

plain_value <- function(x, origin) {
  if (is.null(x) || is.character(x) || is.logical(x)) {
    return(x)
  }
  if (is.numeric(x)) {
    return(as.double(x))
  }
  if (!is.null(names(x))) {
    return(lapply(x, plain_value, origin = origin))
  }
  tag <- if (length(x)) x[[1L]]
  rest <- x[-1L]
  if (!rlang::is_string(tag)) {
    stop_json(origin, "an array without a type")
  }
  switch(tag,
    list = lapply(rest, plain_value, origin = origin),
    named = plain_named(rest, origin),
    class = plain_class(rest, origin),
    plain_vector(tag, rest, origin)
  )
}

plain_named <- function(parts, origin) {
  value <- if (length(parts)) plain_value(parts[[1L]], origin)
  keys <- plain_vector("character", parts[-1L], origin)
  if (is.null(value) || is.list(value) || length(keys) != length(value)) {
    stop_json(origin, "names that do not fit their vector")
  }
  names(value) <- keys
  value
}

plain_class <- function(parts, origin) {
  value <- if (length(parts)) plain_value(parts[[1L]], origin)
  classes <- plain_vector("character", parts[-1L], origin)
  if (!is.list(value) || !length(classes) || !all(classes %in% plain_classes)) {
    stop_json(origin, "a class that no model has")
  }
  structure(value, class = classes)
}

plain_vector <- function(type, values, origin) {
  null <- vapply(values, is.null, TRUE)
  known <- if (type %in% vector_types) typed_values(values[!null], type)
  if (is.null(known)) {
    stop_json(origin, sprintf("an invalid vector of type \"%s\"", substr(type, 1L, 80L)))
  }
  x <- vector(type, length(values))
  x[null] <- NA
  x[!null] <- known
  x
}

# A list of single values as a vector. NULL unless all have the type. It works on all values at
# once, since a file can have a million.
typed_values <- function(values, type) {
  are_numbers <- vapply(values, is.numeric, TRUE)
  are_text <- vapply(values, is.character, TRUE)
  numbers <- as.double(unlist(values[are_numbers]))
  text <- as.character(unlist(values[are_text]))
  fits <- switch(type,
    logical = all(vapply(values, is.logical, TRUE)),
    integer = all(are_numbers) && all(numbers == round(numbers)) &&
      all(abs(numbers) <= .Machine$integer.max),
    double = all(are_numbers | are_text) && all(text %in% c("NaN", "Inf", "-Inf")),
    character = all(are_text)
  )
  if (!fits) {
    return(NULL)
  }
  if (type == "double") {
    values[are_text] <- as.double(text)
  }
  as.vector(unlist(values), type)
}

# `found` is a noun: what the metadata have that feedforward does not write.
stop_json <- function(origin, found) stop_file(origin, paste("has JSON metadata with", found))

# Any JSON object or array as a list. check_json_size() first refuses text that would exhaust the
# memory or the stack.
parse_json <- function(bytes, origin) {
  text <- if (!any(bytes == 0)) rawToChar(bytes)
  if (is.null(text) || !validUTF8(text)) {
    stop_json(origin, "text that is not UTF-8")
  }
  Encoding(text) <- "UTF-8"
  check_json_size(text, origin)
  failed <- function(cnd) stop_json(origin, "invalid syntax")
  # jsonlite warns about a byte-order mark.
  value <- tryCatch(jsonlite::parse_json(text, simplifyVector = FALSE),
    error = failed, warning = failed
  )
  if (!is.list(value)) stop_json(origin, "a single value instead of a list")
  check_keys(value, origin)
  value
}

# Each list takes some 500 bytes of memory and each value some 120, however short its text is. A
# model has a few lists for each column of a data frame, and a few values for each input.
check_json_size <- function(text, origin, deepest = 64L, lists = 2e5, values = 1e6) {
  failed <- function(cnd) stop_json(origin, "invalid syntax")
  # An unfinished string counts as a string. Otherwise each quote in it would be tried as a start.
  bare <- tryCatch(
    gsub("(?s)\"(?:[^\"\\\\]++|\\\\.)*+(?:\"|\\\\?\\z)", "", text, perl = TRUE),
    warning = failed, error = failed
  )
  bare <- charToRaw(bare)
  opens <- bare %in% charToRaw("[{")
  depth <- cumsum(opens) - cumsum(bare %in% charToRaw("]}"))
  if (max(depth, 0L) > deepest) {
    stop_json(origin, sprintf("lists nested more than %d deep", deepest))
  }
  if (sum(opens) > lists || sum(bare == charToRaw(",")) > values) {
    stop_json(origin, "more lists or values than a model has")
  }
}

# Refuses a name that is used twice: its value would be ambiguous.
check_keys <- function(value, origin) {
  if (anyDuplicated(names(value)) || !all(nzchar(names(value)))) {
    stop_json(origin, "a name that is empty or used twice")
  }
  for (part in value) if (is.list(part)) check_keys(part, origin)
}
