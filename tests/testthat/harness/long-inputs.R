# Long inputs that must be read quickly. tools/trust/fuzz.R measures the time. The tests check only
# the result, because everything can take long on a busy machine.

# A list of functions without arguments. Each raises a feedforward_error about its name.
long_refusals <- function() c(long_headers(), long_formulas())

# npy headers that a careless parser reads again from each position.
long_headers <- function(n = 65000) {
  repeated <- c("1,", " ", "'descr':[", "'descr':'", "'shape':(", "(1, ")
  header <- "{'descr': '|u1', 'fortran_order': False, 'shape': (%s"
  lapply(stats::setNames(repeated, paste("header of many", repeated)), function(piece) {
    text <- sprintf(header, strrep(piece, n %/% nchar(piece)))
    file_of_bytes(npy_bytes(header = text, data = raw(), version = 2), read_npy)
  })
}

long_formulas <- function() {
  texts <- list(
    "formula of many sums" = paste("y ~", paste(rep("a", 1e5), collapse = "+")),
    "formula of many products" = paste("y ~ I(", paste(rep("a", 1e5), collapse = "*"), ")"),
    "formula that is cut off" = strrep("a + ", 1e6)
  )
  lapply(texts, function(text) function() parse_formula(text, c(a = 1, y = 1)))
}

# A directory of many tensors, which is fine.
read_many_tensors <- function() {
  entries <- rep(list(list(dtype = "F64", shape = list(0L), data_offsets = list(0L, 0L))), 4e4)
  names(entries) <- paste0("t", seq_along(entries))
  check_directory(entries, 0, list())
}

# Reads a file of these bytes.
file_of_bytes <- function(bytes, read) {
  force(bytes)
  function() reading_file(read)(bytes)
}
