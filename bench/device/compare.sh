#!/bin/bash
# Builds on a machine with an NVIDIA device and no network, checks the device's ops, networks and shapes, measures this
# engine and PyTorch in one go, and prints one table.
#
#   bench/device/compare.sh [BUILD] [PART...]      parts: checks, sanitize, agree, profile, steps (or a
#   few of them: pairs), pytorch; all but pairs by default
#
# SYSROOT and CUDNN_ROOT say where libraries lie: see libraries.sh. OUT, when set, gets an archive of the logs.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-/tmp/build-device}
shift || true
parts=${*:-checks sanitize agree profile steps pytorch}
source bench/device/logs.sh
wants() { [[ " $parts " == *" $1 "* ]]; }

options=(-DNEWBIE_BENCH=ON)
source bench/device/libraries.sh
status=0
targets=(bench_device)
if wants checks || wants sanitize; then
  targets+=(conformance_ops_vector conformance_ops_products conformance_networks golden_models)
fi
build_targets "${targets[@]}"

# Ours first: the card is cool for both, and PyTorch compiles for a while on the host.
: >"$out/ours.tsv"
for part in agree profile steps pairs; do
  wants $part || continue
  began=$SECONDS
  timeout 300 "$build/bench_device" $part >>"$out/ours.tsv" 2>"$out/$part.err" || { status=1; cat "$out/$part.err"; }
  echo "$part in $((SECONDS - began)) s"
done
if wants pytorch; then
  began=$SECONDS
  timeout 300 python3 bench/device/pytorch_baseline.py quick >"$out/pytorch.tsv" 2>"$out/pytorch.err" || {
    status=1
    tail -5 "$out/pytorch.err"
  }
  echo "pytorch in $((SECONDS - began)) s"
fi
if wants checks; then
  export NEWBIE_REQUIRE_CUDA=1
  for test in conformance_ops_vector conformance_ops_products conformance_networks; do
    "$build/tests/$test" --gtest_brief=1 >"$out/$test.log" 2>&1 || status=1
    grep -aE 'FAILED|PASSED|Failure' "$out/$test.log" | tail -12
  done
  NEWBIE_TEST_DEVICE=cuda "$build/tests/golden_models" --gtest_brief=1 >"$out/golden.log" 2>&1 || status=1
  tail -2 "$out/golden.log"
fi
if wants sanitize; then
  for tool in memcheck racecheck; do
    NEWBIE_TEST_DEVICE=cuda compute-sanitizer --tool $tool --error-exitcode 9 "$build/tests/golden_models" \
      --gtest_brief=1 --gtest_filter='*ransformer*' >"$out/$tool.log" 2>&1 || status=1
    grep -E 'ERROR SUMMARY|RACECHECK SUMMARY' "$out/$tool.log"
  done
fi
python3 bench/device/table.py "$out/ours.tsv" "$out/pytorch.tsv" | tee "$out/table.txt"
exit $status
