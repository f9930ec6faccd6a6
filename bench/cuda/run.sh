#!/bin/sh
# Checks the CUDA ops on this machine's device, times the libraries' and prints one table.
#   bench/cuda/run.sh BUILD [WORDS...]   BUILD: a build with NEWBIE_CUDA and NEWBIE_BENCH
# Words choose parts of the table: products, attention, convolutions, times.
set -eu
build=$1
shift
status=0
for test in conformance_ops_products conformance_ops_vector; do
  if [ -x "$build/tests/$test" ]; then
    NEWBIE_REQUIRE_CUDA=1 "$build/tests/$test" --gtest_brief=1 || status=1
  fi
done
"$build/bench_cuda" "$@" || status=1
exit $status
