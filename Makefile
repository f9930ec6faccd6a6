# Short names for the usual work. Each installs the Debian packages that are missing, then configures and builds.
SHELL := /bin/bash
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
# WERROR=ON makes warnings errors, as CI does.
WERROR ?= OFF
# Seconds for each fuzz target.
FUZZ_SECONDS ?= 60
# Where install puts things.
PREFIX ?= /usr/local

deps = scripts/install-deps
configure = cmake --preset release -DNEWBIE_WERROR=$(WERROR)

.PHONY: help build demo test install bench fuzz asan format lint clean

help:  ## this list
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build:  ## the program, at build/newbie
	@$(deps)
	@mkdir -p build && $(configure) > build/configure.log || { cat build/configure.log; exit 1; }
	cmake --build build --target newbie -j $(JOBS)

demo: build  ## pictures from two prompts, on one sheet, and what to try next
	@scripts/demo build/newbie

test:  ## everything that must pass before a change goes in
	@scripts/timed "install packages" $(deps)
	@scripts/timed "configure" $(configure)
	@scripts/timed "build" cmake --build build -j $(JOBS)
	@scripts/timed "format check" scripts/format --check
	@scripts/timed "include check" tools/check_includes
	@scripts/timed "tests" ctest --test-dir build -j2 --output-on-failure

install: build  ## program, manual pages and completions below PREFIX (/usr/local)
	cmake --build build --target newbie_share -j $(JOBS)
	cmake --install build --prefix $(DESTDIR)$(PREFIX)

bench:  ## builds and runs the benchmarks
	@$(deps) --dev
	cmake --preset bench
	cmake --build build-bench -j $(JOBS)
	@find build-bench -maxdepth 1 -type f -name 'bench_*' | sort | while read -r program; do \
	  echo "==> $$program"; "$$program" || exit 1; done

fuzz:  ## runs every fuzz target for FUZZ_SECONDS (60)
	@$(deps) --dev
	cmake --preset fuzz
	cmake --build build-fuzz --target fuzz_targets -j $(JOBS)
	fuzz/run build-fuzz $(FUZZ_SECONDS)

asan:  ## the tests under the address and undefined-behaviour sanitizers
	@$(deps)
	cmake --preset asan
	cmake --build build-asan -j $(JOBS)
	LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leaks.supp:print_suppressions=0 ctest --test-dir build-asan -j2 --output-on-failure

format:  ## formats all C++ files
	@$(deps) --dev
	scripts/format

lint:  ## clang-tidy over src/
	@$(deps) --dev
	$(configure)
	scripts/lint

clean:  ## removes every build folder and out/
	rm -rf build build-* out
