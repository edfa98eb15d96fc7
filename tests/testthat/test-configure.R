# The script configure, with a compiler of MPI that only prints its flags.

# Returns the lines of src/Makevars that configure writes for an MPI in `folder` with these flags,
# and what it prints.
configured <- function(flags, folder = withr::local_tempdir(.local_envir = parent.frame())) {
  # R CMD check has no copy of the sources.
  script <- test_path("..", "..", "configure")
  skip_if_not(file.exists(script) && .Platform$OS.type == "unix" && nzchar(Sys.which("mktemp")))
  mpi <- file.path(folder, "my  mpi")
  dir.create(mpi)
  dir.create(file.path(folder, "src"))
  file.copy(script, folder)
  file.copy(test_path("..", "..", "src", "Makevars.in"), file.path(folder, "src"))
  writeLines("inline int MPI_Init(int *, char ***) { return 0; }", file.path(mpi, "mpi.h"))
  program <- file.path(folder, "mpicxx")
  writeLines(c("#!/bin/sh", "cat <<'EOF'", gsub("<mpi>", mpi, flags, fixed = TRUE), "EOF"), program)
  Sys.chmod(program, "755")
  printed <- withr::with_dir(folder, suppressWarnings(system2("sh",
    c("configure", shQuote(paste0("--with-mpi=", program))), stdout = TRUE, stderr = TRUE
  )))
  makevars <- file.path(folder, "src", "Makevars")
  written <- if (file.exists(makevars)) readLines(makevars) else character()
  list(printed = printed, mpi = mpi, makevars = gsub(mpi, "<mpi>", written, fixed = TRUE))
}

line_of <- function(found, name) sub("^.* = ", "", grep(name, found$makevars, value = TRUE))

test_that("flags with spaces and flags of two words are kept", {
  found <- configured(paste(
    "g++ -O3 -I\"<mpi>\" -I '<mpi>' -DA=1 -pthread -L\"<mpi>\" -Wl,-rpath -Wl,\"<mpi>\"",
    "-Xlinker -rpath -Xlinker \"<mpi>\" -Xlinker --as-needed -Wl,-z,now -Wl,-rpath,/opt -lm",
    "-lmpi_cxx"
  ))
  expect_match(line_of(found, "PKG_CPPFLAGS"),
    "-DFEEDFORWARD_MPI '-I<mpi>' -I '<mpi>' -DA=1$"
  )
  expect_match(line_of(found, "PKG_LIBS"), paste(
    "-pthread '-L<mpi>' -Wl,-rpath '-Wl,<mpi>' -Xlinker -rpath -Xlinker '<mpi>'",
    "-Wl,-rpath,/opt -lm $(LAPACK_LIBS)"
  ), fixed = TRUE)
})

test_that("make and the shell see the characters that the compiler of MPI has named", {
  found <- configured("g++ -I\"<mpi>\" -DA='\"a$b#c|d&e\"' -DB=it\\'s")
  makefile <- file.path(dirname(found$mpi), "Makefile")
  writeLines(c(grep("PKG_CPPFLAGS", readLines(file.path(dirname(found$mpi), "src", "Makevars")),
    value = TRUE), "all:", "\t@printf '[%s]' $(PKG_CPPFLAGS)"), makefile)
  # `make test` tells every make below it to print where it is.
  withr::local_envvar(MAKEFLAGS = NA, MFLAGS = NA, MAKELEVEL = NA)
  seen <- system2("make", c("-f", shQuote(makefile)), stdout = TRUE)
  expect_match(seen, paste0("[-I", found$mpi, "][-DA=\"a$b#c|d&e\"][-DB=it's]"), fixed = TRUE)
})

test_that("an MPI that does not work is an error", {
  found <- configured("g++ -I/none -lnone-at-all")
  expect_match(found$printed, "cannot be built with these flags", all = FALSE)
  expect_length(found$makevars, 0)
  expect_equal(attr(found$printed, "status"), 1)
})
