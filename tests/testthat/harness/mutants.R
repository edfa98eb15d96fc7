# Mutants: files, and lists that claim to be models, made from valid ones by damage and by false
# entries. A judge decides whether they are read correctly. tools/trust/fuzz.R runs many more.
#
# A reader is list(original, mutations, read, problem): `mutations` are functions of the original
# that give a mutant, drawn with R's generator; `read` is what is tested; `problem`
# describes what is wrong with the value of a mutant, or returns NULL if it is right.

# Each pair of a reader and one of its mutations.
mutant_kinds <- function(readers) {
  do.call(rbind, lapply(names(readers), function(name) {
    data.frame(reader = name, mutation = names(readers[[name]]$mutations))
  }))
}

# Creates and reads the mutant with this number. Kinds take turns; seed and number decide the rest.
# The outcome is "right data", "refused" or a failure. `most_seconds` of the
# processor is for the long run alone: the tests may not depend on how busy the machine is.
try_mutant <- function(number, seed, readers, kinds = mutant_kinds(readers), most_seconds = Inf) {
  kind <- kinds[(number - 1) %% nrow(kinds) + 1, ]
  reader <- readers[[kind$reader]]
  suppressWarnings(set.seed(
    (seed * 1e6 + number) %% .Machine$integer.max, "default", "default", "default"
  ))
  mutant <- reader$mutations[[kind$mutation]](reader$original)
  before <- memory_now(kind$mutation)
  started <- cpu_seconds()
  outcome <- outcome_of_mutant(reader, mutant)
  seconds <- cpu_seconds() - started
  megabytes <- memory_now(kind$mutation, most = TRUE) - before
  if (seconds > most_seconds) outcome <- sprintf("%s, after %.1f seconds", outcome, seconds)
  if (megabytes > 400) outcome <- sprintf("%s, with %.0f MB", outcome, megabytes)
  data.frame(number = number, kind, outcome = outcome, seconds = seconds, megabytes = megabytes)
}

outcome_of_mutant <- function(reader, mutant) {
  tryCatch(
    {
      value <- reader$read(mutant)
      problem <- reader$problem(value, mutant, reader$original)
      if (is.null(problem)) "right data" else problem
    },
    feedforward_error = function(cnd) "refused",
    warning = function(cnd) paste("warning:", conditionMessage(cnd)),
    error = function(cnd) paste("error:", conditionMessage(cnd))
  )
}

# Of this process: waiting for others does not count.
cpu_seconds <- function() sum(proc.time()[c("user.self", "sys.self")])

# Megabytes of R's memory. Measuring takes time, so only mutations that aim at memory are measured.
memory_now <- function(mutation, most = FALSE) {
  if (!mutation %in% c("bomb", "many", "nested", "huge", "unclosed", "sequence", "arguments")) {
    return(0)
  }
  used <- gc(reset = !most)
  sum(used[, ncol(used) - if (most) 0 else 4])
}

# How many of each kind were tried, right, refused, and neither.
count_mutants <- function(tried) {
  fine <- tried$outcome %in% c("right data", "refused")
  kind <- interaction(tried$mutation, tried$reader, drop = TRUE, sep = "\r")
  count <- function(which) as.vector(tapply(which, kind, sum))
  names <- strsplit(levels(kind), "\r", fixed = TRUE)
  data.frame(
    reader = vapply(names, `[`, "", 2L), mutation = vapply(names, `[`, "", 1L),
    tried = count(rep(1L, nrow(tried))), right = count(tried$outcome == "right data"),
    refused = count(tried$outcome == "refused"), failed = count(!fine)
  )
}

# ---- Damage of any file -------------------------------------------------------------

one_of <- function(x) x[[sample.int(length(x), 1L)]]
random_bytes <- function(n) as.raw(sample.int(256L, n, replace = TRUE) - 1L)

flip_bits <- function(bytes, n = 1L) {
  for (at in sample.int(length(bytes), n, replace = TRUE)) {
    bytes[at] <- xor(bytes[at], as.raw(2^sample(0:7, 1L)))
  }
  bytes
}

damages <- list(
  flip = function(bytes) flip_bits(bytes),
  flips = function(bytes) flip_bits(bytes, sample(2:20, 1L)),
  cut = function(bytes) utils::head(bytes, sample.int(length(bytes), 1L) - 1L),
  insert = function(bytes) {
    append(bytes, random_bytes(sample.int(40L, 1L)), sample.int(length(bytes), 1L) - 1L)
  },
  remove = function(bytes) {
    bytes[-(sample.int(length(bytes), 1L) + seq_len(sample.int(40L, 1L)) - 1L)]
  },
  overwrite = function(bytes) {
    at <- sample.int(length(bytes), 1L)
    n <- min(length(bytes) - at + 1L, sample.int(8L, 1L))
    replace(bytes, at + seq_len(n) - 1L, one_of(list(random_bytes(n), raw(n), !raw(n))))
  },
  garbage = function(bytes) c(bytes, random_bytes(sample.int(300L, 1L))),
  twice = function(bytes) c(bytes, bytes),
  other = function(bytes) one_of(other_files())
)

# Content that would do harm if it were read as data of R.
other_files <- function() {
  harm <- structure(list(quote(stop("run"))), class = "feedforward")
  list(
    raw(), raw(1), raw(5000), charToRaw("<html><body>404</body></html>"), serialize(harm, NULL),
    serialize(harm, NULL, ascii = TRUE), gz_bytes(serialize(harm, NULL)),
    memCompress(serialize(harm, NULL), "bzip2"), memCompress(serialize(harm, NULL), "xz"),
    charToRaw("RDX3\nX\n"), charToRaw("stop(\"run\")\n"), charToRaw("PK\003\004"),
    as.raw(c(0x80, 4, 0x95)), charToRaw("\x89PNG\r\n"), random_bytes(2000L)
  )
}

# `read` of a file with the bytes.
reading_file <- function(read, fileext = "") {
  function(bytes) {
    file <- tempfile("mutant-", fileext = fileext)
    on.exit(unlink(file))
    writeBin(bytes, file)
    read(file)
  }
}

same_as <- function(truth) {
  function(value, ...) if (!identical(value, truth)) "wrong data"
}

# ---- Lies in lists and texts ----------------------------------------------------------

odd_values <- function() {
  list(
    NULL, NA, NA_real_, NaN, -1, 0, 0.5, 1e308, 2^31, Inf, "text", "", c("a", "a"), NA_character_,
    character(), numeric(), integer(), list(), TRUE, 1:3, seq(0.5, 1e4), matrix(0, 0L, 0L),
    strrep("x", 1e5), list(list(list())), list(a = 1), c(a = 1), "{.run stop()}", -2147483647L
  )
}

# With one element, at any depth, replaced, removed, doubled, renamed or of another length.
change_list <- function(x, values = odd_values()) {
  if (!length(x)) {
    return(one_of(values))
  }
  if (is.data.frame(x)) {
    return(structure(change_list(as.list(x), values), class = class(x),
      row.names = seq_len(nrow(x))))
  }
  at <- sample.int(length(x), 1L)
  if (is.list(x) && is.list(x[[at]]) && stats::runif(1L) < 0.8) {
    x[at] <- list(change_list(x[[at]], values))
    return(x)
  }
  switch(sample.int(6L, 1L),
    replace_element(x, at, one_of(values)),
    x[-at],
    c(x, x[at]),
    if (is.null(names(x))) rev(x) else stats::setNames(x, rev(names(x))),
    replace_element(x, at, change_atomic(x[[at]])),
    replace_element(x, at, if (is.vector(x[[at]])) rep(x[[at]], 2L) else list(x[[at]]))
  )
}

replace_element <- function(x, at, value) {
  if (is.list(x)) {
    x[at] <- list(value)
    return(x)
  }
  if (length(value) == 1L && is.atomic(value)) replace(x, at, value) else value
}

change_atomic <- function(x) {
  if (is.numeric(x) && length(x)) {
    return(one_of(list(-x, x * 1e300, x + 0.5, t(x), as.character(x), x[-1L], replace(x, 1L, NA))))
  }
  if (is.character(x)) one_of(list(toupper(x), as.list(x), paste0(x, "\u00fc{}"),
    "~ . system")) else x
}
