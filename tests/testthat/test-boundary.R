# Library code must not end the process, write to its standard output, draw from the
# generator of C, or keep state from call to call.

# Lines of C++ without comments and text, named file:line.
code_of <- function(files) {
  unlist(lapply(files, function(file) {
    lines <- gsub("\"(\\\\.|[^\"\\\\])*\"", "\"\"", readLines(file))
    lines <- sub("//.*", "", lines)
    stats::setNames(lines, sprintf("%s:%d", basename(file), seq_along(lines)))
  }))
}

# src/ is not installed: it is there where the tests run within the sources, and during a check.
cpp_sources <- function() {
  folders <- c("../../src", "../../00_pkg_src/feedforward/src")
  folders <- Filter(dir.exists, test_path(folders))
  files <- c(
    list.files(system.file("include", package = "feedforward"),
      pattern = "[.]hpp$", recursive = TRUE, full.names = TRUE
    ),
    list.files(folders, pattern = "[.](cpp|h)$", full.names = TRUE)
  )
  grep("RcppExports", files, value = TRUE, invert = TRUE)
}

found <- function(code, pattern) names(code)[grepl(pattern, code, perl = TRUE)]

# std::exit() is caught; a.exit() and end_exit() only look like it.
forbidden_calls <- paste0(
  "(?<![\\w.>])((std)?::)?(_?exit|abort|terminate|quick_exit|[fs]?printf|puts|putchar|s?rand|",
  "drand48|srand48|random_shuffle|_Exit|raise|kill|fputs|fwrite|v[fs]?printf|R?printf|REprintf|",
  "randu|randn)\\s*\\("
)
forbidden_objects <- paste0(
  "\\b(cout|cerr|clog|stdout|stderr|random_device|mt19937|default_random_engine|minstd_rand)\\b"
)

# Statements without what is broken over lines, each named after its first line.
statements_of <- function(code) {
  ends <- grepl("([;{}:]|^\\s*#.*|^)\\s*$", code)
  statement <- cumsum(c(TRUE, ends[-length(ends)]))
  whole <- vapply(split(unname(code), statement), function(lines) {
    paste(c(lines[1L], trimws(lines[-1L])), collapse = " ")
  }, "")
  stats::setNames(trimws(whole, "right"), names(code)[!duplicated(statement)])
}

# A variable that outlives a call: static or thread_local and not constant, or at the level of
# a namespace, where the layout of the code has no indentation.
lasting <- function(code) {
  code <- statements_of(code)
  # What is before its value: neither that nor arguments of templates decide.
  declarator <- sub("[=({].*", "", gsub("<[^<>]*>", "", gsub("<[^<>]*>", "", code)))
  declared <- grepl("^\\s*(inline )?(static|thread_local|extern)\\b", code)
  # A pointer to what is constant is not constant itself.
  constant <- grepl("\\bconstexpr\\b", declarator) |
    grepl("\\bconst\\b[^*]*$", declarator)
  makes_function <- grepl("^[^=]*\\(.*\\) *(const)? *(override)? *\\{$", code)
  global <- grepl(
    "^[A-Za-z_][\\w:<>, *&]*[ *&][A-Za-z_]\\w*(\\[.*\\])?( *=.*|\\{.*)?[;{]$", code, perl = TRUE
  )
  types <- grepl("^(using|typedef|struct|class|template|return|namespace|enum|static)\\b", code)
  names(code)[(declared & !constant & !makes_function) | (global & !constant & !types)]
}

test_that("the scan finds forbidden calls in a sample", {
  bad_calls <- c(
    "  exit(1);", "std::abort();", "  printf(\"\");", "x = rand() % 2;", "{ ::exit(2); }"
  )
  fine_calls <- c("b.exit(1);", "end_exit(1)", "operand(3)", "p->abort()", "snprintf_like(3)")
  expect_length(found(stats::setNames(bad_calls, bad_calls), forbidden_calls), length(bad_calls))
  expect_length(found(stats::setNames(fine_calls, fine_calls), forbidden_calls), 0L)
  bad_state <- c(
    "  static int calls = 0;", "static std::vector<double> kept(3);", "thread_local Scratch own;",
    "int counter = 0;", "std::size_t total;", "double memory[3];", "std::atomic<int> n{0};",
    "  static std::map<int, int> cache = make(", "  static auto cached = []() {",
    "  static int calls = 0,", "  static const int* last;", "  static std::vector<const int> v;",
    "const double* table = {"
  )
  fine_state <- c(
    "  static const int most = 3;", "static constexpr int most = 3;", "  static Isa isa() {",
    "static bool crowded(int n) {", "constexpr int most = 3;", "const double pi = 3.14;",
    "  static const char* const name = \"\";", "  static const Loss<Real> table[] = {",
    "using V = int;", "  int local = 3;", "struct Data;", "static_assert(true, \"\");", "};"
  )
  for (state in bad_state) expect_identical(lasting(stats::setNames(state, state)), state)
  for (state in fine_state) expect_length(lasting(stats::setNames(state, state)), 0L)
  broken <- c(a = "  static std::map<int,", b = "                  int> kept;", c = "  f();")
  expect_identical(lasting(broken), "a")
  broken <- c(a = "  static Real of(const Real* x,", b = "                 int n) {", c = "  }")
  expect_length(lasting(broken), 0L)
})

test_that("C++ code neither ends the process nor writes to its output", {
  code <- code_of(cpp_sources())
  expect_gt(length(code), 3000L)
  expect_identical(found(code, forbidden_calls), character())
  expect_identical(found(code, forbidden_objects), character())
})

test_that("C++ code keeps nothing from one call to the next", {
  # But for one thing: R's own L-BFGS keeps its place in static variables, and must not be entered
  # twice.
  code <- code_of(cpp_sources())
  expect_identical(trimws(unname(code[lasting(code)])), "static inline bool taken = false;")
})

# Calls code while .Random.seed is of no use, by which R jumps out of drawing a number.
with_broken_seed <- function(code) {
  global <- globalenv()
  before <- get(".Random.seed", global)
  on.exit(assign(".Random.seed", before, global))
  assign(".Random.seed", c(before[1L], 1L, 2L), global)
  code
}

test_that("an error of R's generator during training leaves no threads behind", {
  skip_if_not(dir.exists("/proc/self/task"), "threads cannot be counted")
  # In a process where nothing else has ended threads just now.
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    lines_defining("count_threads", "wait_until", "threads_are_back", "with_broken_seed"),
    "set.seed(1)",
    "X <- matrix(runif(400), 100)",
    "Y <- to_categorical(rep(0:1, 50))",
    "start <- init_nn(4, 3, 2)",
    "before <- count_threads()",
    "for (k in 1:3) {",
    "  reason <- tryCatch(",
    "    with_broken_seed(train_nn(X, Y, start, epochs = 1, verbose = FALSE, threads = 2)),",
    "    error = conditionMessage",
    "  )",
    "  cat(\"broken seed:\", grepl(\".Random.seed\", reason, fixed = TRUE), \"\\n\")",
    "}",
    "cat(\"threads are back:\", threads_are_back(before), \"\\n\")"
  ))
  expect_identical(trimws(out), c(rep("broken seed: TRUE", 3), "threads are back: TRUE"))
})
