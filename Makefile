# The commands for contributors and CI; `make help` lists them. Everything that they create goes
# into build/, so the sources stay clean.

R := R
RSCRIPT := Rscript
CLANG_FORMAT := clang-format

VERSION := $(shell sed -n 's/^Version: *//p' DESCRIPTION)
BUILD := build
TARBALL := $(BUILD)/feedforward_$(VERSION).tar.gz
LIBRARY := $(BUILD)/library
INSTALLED := $(BUILD)/installed
NODE := build/node
SOURCES := DESCRIPTION NAMESPACE configure \
	$(shell find R src inst man -type f ! -name '*.o' ! -name '*.so' ! -name '*.dll' ! -name Makevars)
CPP_FILES := $(shell find src inst/include tests/cpp -name '*.cpp' -o -name '*.hpp' -o -name '*.h' \
	| grep -v RcppExports)

# Puts the library in build/ first, also for the processes that a command starts.
IN_LIBRARY := R_LIBS="$(CURDIR)/$(LIBRARY):$$R_LIBS"
WITH_MPI := R_LIBS="$(CURDIR)/$(BUILD)/mpi:$(CURDIR)/$(LIBRARY):$$R_LIBS"

# The packages needed to install this package and to run most tests. The other tests are skipped.
NEEDS := Imports LinkingTo
test: NEEDS += $(if $(SUGGESTS),Suggests,testthat withr Matrix)

# Tests of exported models run them in Node.js, and are skipped without its packages.
export FEEDFORWARD_NODE := $(CURDIR)/$(NODE)/node_modules

# Tests that take too long for every change: tools/trust/<name>.R. ARGS="count" sets the number of
# rounds (fuzz: "count seed number"). Full runs write their figures to tools/trust/results.
TRUST := fuzz kill full-disk interrupts torture sizes parity

.PHONY: help install-deps installed node demo test test-baseline test-current test-newest check \
	document site site-newest lint format bench core core-windows core-arm \
	mpi hosts sanitize sanitize-r $(TRUST) coverage check-variants trust-figures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

install-deps: ## install the R packages needed; with SUGGESTS=yes those for tests and vignettes too
	@$(RSCRIPT) tools/install-deps.R Imports LinkingTo $(if $(SUGGESTS),Suggests)

node: ## install the packages of Node.js that tests of exported models need
	@mkdir -p $(NODE) && cp tools/node/package.json $(NODE)
	npm install --prefix $(NODE) --no-audit --no-fund

installed: $(INSTALLED) ## install the package into build/

demo: $(INSTALLED) ## train the network of the MNIST script and show how well it does
	@$(IN_LIBRARY) $(RSCRIPT) tools/demo.R

test: $(INSTALLED) ## run the tests; with SUGGESTS=yes those too that need further packages
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R $(NEEDS)
	@$(IN_LIBRARY) $(RSCRIPT) tools/test.R

test-baseline: ## run the tests without the vector instructions of newer processors
	@FEEDFORWARD_ISA=baseline $(MAKE) test

# The newest packages go into a separate library. recipes is among them, because an older one does
# not work with the newest hardhat.
test-current: ## run the tests with the newest packages from CRAN
	@$(MAKE) --no-print-directory test-newest BUILD=build/current
test-newest: | $(LIBRARY)
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R --newest --stand-in \
		Imports LinkingTo recipes ecosystem
	@FEEDFORWARD_TESTS=packages $(MAKE) --no-print-directory test

check: | $(LIBRARY) ## run R CMD check as CRAN does; only the notes that tools/check.R names pass
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Imports LinkingTo Suggests
	@$(IN_LIBRARY) $(RSCRIPT) tools/check.R

# With the newest packages, because an article uses them.
site: ## build the site into build/site and look for dead links; needs pkgdown
	@$(MAKE) --no-print-directory site-newest BUILD=build/current
site-newest: | $(LIBRARY)
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R --newest --stand-in \
		Imports LinkingTo recipes ecosystem
	@$(MAKE) --no-print-directory installed
	@$(IN_LIBRARY) $(RSCRIPT) tools/site.R

document: ## write NAMESPACE, man/ and the glue between R and C++ from the sources
	$(RSCRIPT) -e 'Rcpp::compileAttributes()' -e 'roxygen2::roxygenize(load_code = "source")'

lint: $(INSTALLED) ## look for mistakes of style in R and C++
	@$(IN_LIBRARY) $(RSCRIPT) tools/lint.R
	@$(IN_LIBRARY) $(RSCRIPT) tools/trust/figures.R --check
	$(CLANG_FORMAT) --dry-run -Werror $(CPP_FILES)

format: ## lay out C++ (clang-format) and, where styler is installed, R
	$(CLANG_FORMAT) -i $(CPP_FILES)
	$(RSCRIPT) -e 'if (requireNamespace("styler", quietly = TRUE)) styler::style_pkg()'

bench: $(INSTALLED) ## measure and write bench/RESULTS.md; ARGS="memory growth" chooses by name
	$(IN_LIBRARY) $(RSCRIPT) bench/run.R $(ARGS)

core: ## test the C++ core without R
	$(MAKE) -C tests/cpp test benchmarks

core-windows: ## test the core built for Windows, under Wine
	$(MAKE) -C tests/cpp windows

core-arm: ## test the core built for 64-bit ARM, under QEMU
	$(MAKE) -C tests/cpp arm

mpi: $(BUILD)/mpi/installed ## test training over MPI; needs an MPI library such as Open MPI
	@$(WITH_MPI) $(RSCRIPT) tests/mpi/run.R

hosts: $(BUILD)/mpi/installed ## train on two hosts, made of network namespaces; needs root
	@$(WITH_MPI) tools/trust/hosts.sh

sanitize: ## test the C++ core under the sanitizers for memory, threads and undefined behavior
	$(MAKE) -C tests/cpp sanitize

sanitize-r: | $(LIBRARY) ## run the R tests with the package compiled under the sanitizers
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Imports LinkingTo Suggests
	@$(IN_LIBRARY) tools/trust/sanitize-r.sh

fuzz: ## read 20000 damaged files
kill: ## kill training 200 times and resume it
full-disk: ## write to full and read-only disks; needs root
interrupts: ## interrupt each slow function 100 times
torture: ## run all that enters C++ while R collects its garbage all the time
sizes: ## train on more than 2^31 values; needs 12 GB
parity: ## train the same networks in PyTorch and compare; PYTHON= names a Python that has it
$(TRUST): $(INSTALLED)
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Suggests
	@$(IN_LIBRARY) $(RSCRIPT) tools/trust/$@.R $(ARGS)

coverage: | $(LIBRARY) ## name the lines of R and C++ that no test runs
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Imports LinkingTo Suggests
	@$(IN_LIBRARY) $(RSCRIPT) tools/trust/coverage.R

check-variants: | $(LIBRARY) ## check without suggested packages, in a C locale, on one thread
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Imports LinkingTo Suggests
	@$(IN_LIBRARY) $(RSCRIPT) tools/trust/check-variants.R

trust-figures: $(INSTALLED) ## write tools/trust/FIGURES.md from the results of the long tests
	@$(IN_LIBRARY) $(RSCRIPT) tools/trust/figures.R

clean: ## remove all that was made
	rm -rf build src/*.o src/*.so src/*.dll
	$(MAKE) -C tests/cpp clean

# Installed from a tarball, so that the tests use the shipped files and no object file stays in
# src/. The packages it needs go into the same library, so nothing else on the machine changes.
$(INSTALLED): $(SOURCES) | $(LIBRARY)
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R $(NEEDS)
	cd $(BUILD) && $(R) CMD build --no-build-vignettes "$(CURDIR)"
	MAKEFLAGS=-j2 $(IN_LIBRARY) $(R) CMD INSTALL --library=$(LIBRARY) $(TARBALL)
	@touch $@

# The same package with MPI, in a library of its own.
$(BUILD)/mpi/installed: $(SOURCES) | $(LIBRARY)
	@$(IN_LIBRARY) $(RSCRIPT) tools/install-deps.R Imports LinkingTo Matrix
	@mkdir -p $(BUILD)/mpi
	cd $(BUILD) && $(R) CMD build --no-build-vignettes "$(CURDIR)"
	MAKEFLAGS=-j2 $(IN_LIBRARY) $(R) CMD INSTALL --configure-args=--with-mpi --no-docs \
		--library=$(BUILD)/mpi $(TARBALL)
	@touch $@

$(LIBRARY):
	@mkdir -p $@
