# Sources the files in harness/ whose names start with `name`: "golden", "hostile", "long-inputs" or
# "mutants". They are long, and few tests use them, so each of these tests asks for its own.
use_harness <- function(name, env = parent.frame()) {
  files <- list.files(test_path("harness"), paste0("^", name, ".*[.]R$"), full.names = TRUE)
  for (file in files) sys.source(file, env)
}
