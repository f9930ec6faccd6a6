#!/bin/bash
# Learning on a machine with an NVIDIA device and no network: builds, asks whether gradients are right, then times the LoRA
# step of the full-size model beside PyTorch's, and prints one table. Needs about 240 s, of which 60 build.
#
#   bench/device/train.sh [BUILD] [PART...]   parts: checks, golden, sanitize, lora, profile, pytorch, nano,
#                                             vae; checks, golden, lora and pytorch by default
#
# Kernels that fail their check are passed over (NEWBIE_SKIP) in all that follows, and the last lines say so: export the same
# for every other run on this machine. SYSROOT, CUDNN_ROOT and OUT as for compare.sh.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-/tmp/build-device}
shift || true
parts=${*:-checks golden lora pytorch}
source bench/device/logs.sh
source bench/device/checks.sh
wants() { [[ " $parts " == *" $1 "* ]]; }

options=(-DNEWBIE_BENCH=ON)
source bench/device/libraries.sh
status=0
targets=(bench_device)
wants checks && targets+=("${check_targets[@]}")
wants sanitize && targets+=(conformance_ops_training)
wants golden || wants sanitize && targets+=(golden_models golden_adapters)
wants vae && targets+=(newbie)
build_targets "${targets[@]}"
export NEWBIE_REQUIRE_CUDA=1

wants checks && check_training
if wants golden; then
  NEWBIE_TEST_DEVICE=cuda try golden-gradients 120 "$build/tests/golden_models" --gtest_filter='*radient*'
  NEWBIE_TEST_DEVICE=cuda try golden-adapters 60 "$build/tests/golden_adapters"
fi
if wants sanitize; then
  sanitize_training
  NEWBIE_TEST_DEVICE=cuda try memcheck 200 compute-sanitizer --tool memcheck --error-exitcode 9 "$build/tests/golden_models" \
    --gtest_filter='*radient*'
fi

: >"$out/ours.tsv"
: >"$out/pytorch.tsv"
measure() { # what bench_device is asked
  local began=$SECONDS
  timeout 150 "$build/bench_device" "$1" >>"$out/ours.tsv" 2>"$out/$1.err" || { status=1; tail -5 "$out/$1.err"; }
  echo "$1 in $((SECONDS - began)) s"
}
wants lora && measure learning
wants nano && measure nano
if wants profile; then # which kernels a LoRA step is made of, from CUPTI's records
  cupti=$(dirname "$(find -L "${CUDA_HOME:-/usr/local/cuda}" /opt /usr/lib /usr/local -name 'libcupti.so*' 2>/dev/null | head -1)")
  header=$(dirname "$(find -L "${CUDA_HOME:-/usr/local/cuda}" /opt /usr/local -name cupti.h 2>/dev/null | head -1)")
  if g++ -std=c++20 -O1 -shared -fPIC bench/device/kernel_times.cpp -I"$header" -I"${CUDA_HOME:-/usr/local/cuda}/include" \
    "$(ls "$cupti"/libcupti.so* | head -1)" "-Wl,-rpath,$cupti" -o "$build/kernel_times.so" 2>"$out/profile.err" &&
    CUDA_INJECTION64_PATH=$build/kernel_times.so KERNEL_TIMES=$out/kernels.tsv timeout 100 "$build/bench_device" lora >"$out/profile.log" 2>>"$out/profile.err"; then
    steps=18 # of time_lora in learning_times.cpp: 3 to warm up, 15 timed
    echo "a LoRA step, kernel by kernel (mean of $steps): ms, calls, name"
    awk -F'\t' -v n=$steps '$1 > 3 {printf "%9.2f %6.1f  %s\n", $1 / n, $2 / n, substr($3, 1, 150)}' "$out/kernels.tsv"
  else
    tail -5 "$out/profile.err"
  fi
fi
if wants pytorch; then
  began=$SECONDS
  timeout 200 python3 bench/device/pytorch_lora.py >"$out/pytorch.tsv" 2>"$out/pytorch.err" || { status=1; tail -5 "$out/pytorch.err"; }
  echo "pytorch in $((SECONDS - began)) s"
fi
if wants vae; then # a few steps of nano's autoencoder as they are, with their own report
  NEWBIE=$build/newbie timeout 120 recipes/nano/train.sh vae --set run.steps=40 --set run.log_every=10 \
    --set "run.out=\"$out/vae\"" >"$out/vae.log" 2>&1 || { status=1; tail -5 "$out/vae.log"; }
  tail -3 "$out/vae.log"
fi
PYTHONDONTWRITEBYTECODE=1 python3 bench/device/train_table.py "$out/ours.tsv" "$out/pytorch.tsv" | tee "$out/train-table.txt"
[[ -z ${NEWBIE_SKIP:-} ]] || echo "passed over: export NEWBIE_SKIP=$NEWBIE_SKIP"
exit $status
