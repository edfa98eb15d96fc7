#!/usr/bin/env bash
# The whole R test suite with the package compiled under GCC's sanitizers for addresses and
# undefined behavior. R itself is the ordinary one, so its own leaks are not looked for, and a
# report counts if it names the package's library or a header of the core.
# With FILTER=name, only the tests whose file names match.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$PWD/build/sanitize-r
reports=$folder/reports
library=$folder/library
of_the_package='feedforward(\.so|/[a-z_/]+\.hpp)|\br_[a-z]+\.(cpp|h)\b'

main() {
  rm -rf "$folder"
  mkdir -p "$reports" "$library"
  install_sanitized
  run_tests 2>&1 | tee "$folder/tests.log" || true
  judge
}

install_sanitized() {
  # -O1 is fast enough to run everything. -g1 names lines, and what is left out, checks of each
  # single access, which the core's own tests make, keeps compiling from taking an hour. The first
  # undefined behavior ends R, so that none goes unseen.
  cat > "$folder/Makevars" << 'MAKEVARS'
CXX17 = g++ -fsanitize=address,undefined -fno-sanitize=null,object-size,alignment,vptr \
  -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CXX17FLAGS = -g1 -O1
MAKEVARS
  (cd "$folder" && R CMD build --no-build-vignettes ../..)
  R_MAKEVARS_USER=$folder/Makevars MAKEFLAGS=-j2 \
    R CMD INSTALL --no-docs --no-test-load --library="$library" "$folder"/feedforward_*.tar.gz
  for sanitizer in asan ubsan; do
    # Not grep -q: it would end before nm does, which then counts as failed.
    nm -D "$library/feedforward/libs/feedforward.so" | grep "__$sanitizer" > /dev/null || {
      echo "the package was compiled without $sanitizer"
      exit 1
    }
  done
}

# R was not linked with the sanitizers' libraries, so they have to be there before it starts.
# longjmp() in R may leave behind what looks like a used frame, hence no check of those.
run_tests() {
  local preload
  preload="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)"
  R_LIBS=$library:${R_LIBS:-} LD_PRELOAD=$preload \
    ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:log_path=$reports/address \
    UBSAN_OPTIONS=print_stacktrace=1 \
    Rscript -e '
      Sys.setenv(NOT_CRAN = "true")
      filter <- Sys.getenv("FILTER")
      results <- as.data.frame(testthat::test_dir("tests/testthat",
        package = "feedforward", load_package = "installed",
        filter = if (nzchar(filter)) filter, reporter = "summary", stop_on_failure = FALSE
      ))
      failed <- sum(results$failed, results$error)
      cat(sprintf("%d expectations, %d failed, %.0f s\n", sum(results$nb), failed,
        sum(results$real)))
      quit(status = failed > 0)'
}

# The figures of a whole run.
record() {
  local counts expectations failed
  [[ -z ${FILTER:-} ]] || return 0
  counts=$(grep -E '^[0-9]+ expectations, ' "$folder/tests.log") || return 0
  read -r expectations _ failed _ <<< "$counts"
  Rscript tools/trust/record.R sanitize-r "expectations=$expectations" "failed=$failed" "reports=$1"
}

# Fails if a report is ours, or if the tests did not come to their end without a failure.
judge() {
  local all ours
  all=$(find "$reports" -type f | wc -l)
  ours=$(grep -rlE "$of_the_package" "$reports" | tee "$folder/ours" | wc -l) || true
  xargs -r head -n 40 < "$folder/ours"
  grep -E 'runtime error:' "$folder/tests.log" && ours=$((ours + 1))
  grep -E '^[0-9]+ expectations, ' "$folder/tests.log" || echo "the tests broke off"
  record "$ours"
  echo "$ours reports of the package, $((all - ours)) of others, in $reports"
  [[ $ours -eq 0 ]] && grep -qE '^[0-9]+ expectations, 0 failed,' "$folder/tests.log"
}

main
