#!/bin/bash
# The whole program on a machine with an NVIDIA device and no network: builds it, makes the full-size model from random
# weights, and prints one table of times and memory: cold and warm pictures, every way of offloading, the plan against
# what was taken, tiles under a limit, agreement with the golden set, and what compute-sanitizer says.
#
#   bench/device/engine.sh [BUILD] [PART...]   parts: full, explain, offload, limit, plan, golden,
#                                             sanitize; all by default
#
# SYSROOT and CUDNN_ROOT say where libraries lie: see libraries.sh. MODEL is where the model is made
# (/dev/shm/newbie-full); OUT, when set, gets an archive of the logs.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-/tmp/build-device}
shift || true
parts=${*:-full explain offload limit plan golden sanitize}
model=${MODEL:-/dev/shm/newbie-full}
source bench/device/logs.sh
wants() { [[ " $parts " == *" $1 "* ]]; }

options=()
source bench/device/libraries.sh
status=0
now() { date +%s%N; }
# Seconds since a time.
since() { printf '%d.%02d s' $((($(now) - $1) / 1000000000)) $((($(now) - $1) / 10000000 % 100)); }
row() { printf '%-58s %s\n' "$1" "$2"; }

targets=(newbie)
wants plan && targets+=(unit_engine)
wants golden && targets+=(unit_tensor golden_models)
build_targets "${targets[@]}"
newbie=$build/newbie
[[ -x $newbie ]] || exit 1
export NEWBIE_CACHE=$build/cache

# Runs the program, prints how long the process took, its own times and its memory; keeps the hash of the file.
declare -A hash=()
picture() { # name, arguments...
  local name=$1
  shift
  local began
  began=$(now)
  timeout 150 "$newbie" generate -m "$model" -f assets/templates/snow_shrine.xml -s 7 -o "$out/p.png" "$@" \
    >"$out/$name.out" 2>"$out/$name.err"
  local code=$?
  row "$name" "$(since $began), exit $code"
  grep -aE '^(memory|time|error|fix)' <(sed 's/\x1b\[[0-9;]*m//g' "$out/$name.err") | cut -c1-420 | sed 's/^/    /'
  hash[$name]=$(sha256sum "$out/p.png" 2>/dev/null | cut -d' ' -f1)
  rm -f "$out"/p*.png
  return $code
}
same_file() { # names of two pictures
  local answer="the same file"
  [[ ${hash[$1]} && ${hash[$1]} == "${hash[$2]}" ]] || { answer="ANOTHER file" status=1; }
  row "  \"$2\" and \"$1\"" "$answer"
}

if wants full || wants explain || wants offload || wants limit || wants plan; then
  if [[ ! -d $model ]]; then
    began=$(now)
    "$newbie" model synth "$model" --preset newbie-exp0.1 --quiet >"$out/synth.log" 2>&1 || { status=1; tail -3 "$out/synth.log"; }
    row "model synth, $(du -sh "$model" | cut -f1)" "$(since $began)"
  fi
fi
if wants full; then
  picture "cold, 28 steps, weights never hashed" --steps 28 || status=1
  picture "cold, 28 steps" --steps 28 || status=1
  picture "two pictures of 28 steps" --steps 28 --count 2 || status=1
  picture "one step" --steps 1 || status=1
fi
if wants full; then
  for dtype in fp8 f16; do picture "28 steps in $dtype" --steps 28 --dtype $dtype || status=1; done
  NEWBIE_MODEL=$model "$newbie" memory >"$out/memory.txt" 2>&1 || status=1
  NEWBIE_MODEL=$model "$newbie" memory --resolution 1536x1536 --dtype fp8 >>"$out/memory.txt" 2>&1 || status=1
  cat "$out/memory.txt"
  "$newbie" doctor -m "$model" | tee "$out/doctor.txt" || status=1
fi
if wants explain; then
  wants full || picture "28 steps, the first on this machine" --steps 28 || status=1
  wants full || picture "28 steps" --steps 28 || status=1
  picture "28 steps, explained" --steps 28 --explain "$out/why" || status=1
  same_file "$(wants full && echo "cold, 28 steps" || echo "28 steps")" "28 steps, explained"
  picture "28 steps, explained with tags" --steps 28 --explain "$out/why" --explain-tags || status=1
  picture "28 steps, regions held throughout" -f assets/templates/friends_under_umbrella.xml --steps 28 --isolation region --isolation-release 1 || status=1
  rm -rf "$out/why"
fi
if wants offload; then
  for offload in none encoders all; do picture "offload $offload, 8 steps" --steps 8 --offload $offload || status=1; done
fi
if wants limit; then
  picture "1536x1536 in 12 GB, 4 steps" --resolution 1536x1536 --steps 4 --vram-limit 12GB || status=1
  picture "1024x1024 in 6 GB, 4 steps" --steps 4 --vram-limit 6GB || status=1
  picture "1024x1024 in 1 GB: must be refused" --steps 4 --vram-limit 1GB && status=1
fi
export NEWBIE_REQUIRE_CUDA=1
if wants plan; then
  NEWBIE_TEST_MODEL=$model timeout 200 "$build/tests/unit_engine" --gtest_filter='MemoryPlanOnDevices.*' >"$out/plan.log" 2>&1 || status=1
  grep -aE '^memory plan: 1024' "$out/plan.log" | awk '{p=$(NF-2)+0; f=$NF+0; if (f > 0) printf "    %-64s %8.1f MiB, %+.2f %%\n", $0 ~ /planned/ ? substr($0, 14, index($0, ": planned") - 14) : "", f / 1048576, 100 * (p - f) / f}'
  tail -3 "$out/plan.log"
fi
if wants golden; then
  "$build/tests/unit_tensor" --gtest_brief=1 2>&1 | tail -2 || status=1
  NEWBIE_TEST_DEVICE=cuda "$build/tests/golden_models" --gtest_brief=1 >"$out/golden.log" 2>&1 || status=1
  grep -aE 'FAILED|PASSED' "$out/golden.log" | tail -8
fi
if wants sanitize; then
  for tool in memcheck racecheck; do
    timeout 120 compute-sanitizer --tool $tool --error-exitcode 9 "$newbie" generate "1girl, smile" --device cuda -q \
      -m tests/data/golden/tiny-newbie -W 64 -H 48 --steps 2 --offload all -o "$out/s.png" >"$out/$tool.log" 2>&1
    code=$?
    # cuDNN's attention waits by barriers that racecheck does not know; what it says of other kernels counts.
    others=$(grep -a 'Race reported between' "$out/$tool.log" | grep -vc cudnn)
    [[ $code == 0 || ($tool == racecheck && $code == 9 && $others == 0) ]] || status=1
    row "compute-sanitizer $tool, tiny model" "$(grep -aE 'ERROR SUMMARY|RACECHECK SUMMARY' "$out/$tool.log" | tail -1)$([[ $tool == memcheck ]] || echo ", outside of cuDNN $others")"
  done
fi
exit $status
