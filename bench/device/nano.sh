#!/bin/bash
# Trains nano on a machine with an NVIDIA device and no network, in slices that fit into a budget of seconds.
#
#   bench/device/nano.sh [--seconds N] PART...
#
#   build              the program, with CUDA
#   checks             are the kernels of training right on this device? A verdict; those of attention that are not are
#                      passed over in the rest of the call
#   memcheck           compute-sanitizer over the ops that only training calls
#   smoke              a few steps of every stage: seconds a step, memory, how many steps fit into a minute
#   vae=S              that stage, planned for S seconds of training in all; goes on where it was
#   classifier=S       the same, judged at its end
#   transformer=S      the same
#   ruler[=COUNT]      what the finished model gets right (512 scenes), how true it is, 32 samples
#   pack               everything worth keeping, in $OUT, in pieces of at most 15 MiB (done at the end of every call)
#
# A call ends after N seconds (570), whatever is left to do; the next one goes on. What a stage began with stays as it
# was: the number of steps is planned once, from the speed that was measured, and kept in out/nano/plan. On a fresh machine
# put the pieces of the last call into CARRY (.gpu-nano): finished stages are taken back from there, and a
# transformer that was not finished starts again from its average, with a short warm-up.
#
# SYSROOT, when set, is a folder with the libraries of cmake/Dependencies.cmake below usr/; CUDNN_ROOT one with cuDNN's
# include/ and lib/. NEWBIE names a program that is already built. SET holds more options of `newbie train`.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=570
[[ ${1:-} == --seconds ]] && { seconds=$2; shift 2; }
(($#)) || { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }
build=${BUILD:-/tmp/build-device}
carry=${CARRY:-.gpu-nano}
nano=out/nano
out=${OUT:-$nano/pack}
newbie=${NEWBIE:-$build/newbie}
reserve=${RESERVE:-20} # seconds that packing may take
read -ra more <<<"${SET:-}"
mkdir -p "$nano" "$out"
status=0
source bench/device/checks.sh

left() { echo $((seconds - SECONDS)); }
row() { printf '%5d s  %-34s %s\n' "$SECONDS" "$1" "$2"; }
failed() { status=1; row "$1" "FAILED"; tail -n "${3:-12}" "$2" | tr '\r' '\n' | cut -c1-300 | sed 's/^/    /'; }
memory() { nvidia-smi --query-gpu=memory.used --format=csv,noheader 2>/dev/null | head -1; }

build() {
  local options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DNEWBIE_CUDA=ON)
  [[ ${CUDNN_ROOT:-} ]] && options+=("-DCUDNN_INCLUDE=$CUDNN_ROOT/include" "-DCUDNN_LIBRARY=$(ls "$CUDNN_ROOT"/lib/libcudnn.so.9)")
  [[ ${SYSROOT:-} ]] && options+=("-DCMAKE_PREFIX_PATH=$SYSROOT/usr" "-DCMAKE_LIBRARY_ARCHITECTURE=x86_64-linux-gnu")
  mkdir -p "$build"
  cmake -S . -B "$build" "${options[@]}" >"$out/cmake.log" 2>&1 || { failed "configure" "$out/cmake.log" 30; exit 1; }
  ninja -C "$build" newbie >"$out/build.log" 2>&1 || { failed "build" "$out/build.log" 40; exit 1; }
  rm -f "$out"/{cmake,build}.log
  row "build" "$newbie"
}

# Asks the tests of this build folder: a function of checks.sh.
asked() {
  ninja -C "$build" "${check_targets[@]}" >"$out/build.log" 2>&1 || { failed "build of the tests" "$out/build.log" 40; return; }
  NEWBIE_REQUIRE_CUDA=1 "$1" || status=1
  row "$2" "done"
}

libraries() { # what the program needs to be built and run without installing anything
  if [[ ${SYSROOT:-} ]]; then
    local lib=$SYSROOT/usr/lib/x86_64-linux-gnu
    export LD_LIBRARY_PATH=$lib:${LD_LIBRARY_PATH:-} LIBRARY_PATH=$lib PATH=$PATH:$SYSROOT/usr/bin
    export PKG_CONFIG_SYSROOT_DIR=$SYSROOT PKG_CONFIG_PATH=$lib/pkgconfig
    export CPATH=$SYSROOT/usr/include:$SYSROOT/usr/include/x86_64-linux-gnu
  fi
  [[ ! ${CUDNN_ROOT:-} ]] || export LD_LIBRARY_PATH=$CUDNN_ROOT/lib:${LD_LIBRARY_PATH:-}
}

# Results of earlier calls on another machine. What lies here is never overwritten.
take_back() {
  [[ ! -e $nano/taken && -e $carry/nano.tar.00 ]] || return 0
  cat "$carry"/nano.tar.* | tar x --skip-old-files -C "$nano" && touch "$nano/taken"
  row "taken back" "$(cd "$nano" && echo */result)"
}

train() { # stage, options...
  NEWBIE=$newbie recipes/nano/train.sh "$@" ${more[@]+"${more[@]}"}
}

is_finished() { [[ -e $nano/$1/finished ]]; }

value() { # a key of the last line of metrics, of a run's folder
  tail -1 "$2/metrics.jsonl" | sed -n "s/.*\"$1\": *\([-0-9.e+]*\).*/\1/p"
}

# Seconds a step takes once it runs, from the steps 11 to 30 of a run that is thrown away.
measured() { # stage
  local run=$nano/smoke/$1 file
  [[ -e $run/pace ]] && { cat "$run/pace"; return; }
  rm -rf "$run" && mkdir -p "$run"
  train "$1" --set "run.out=$PWD/$run" --set "run.steps=${SMOKE:-30}" --set schedule.warmup=1 --set run.save_every=0 \
    --set samples.every=0 >"$run/log" 2>&1 &
  local job=$! most=0 now
  while kill -0 $job 2>/dev/null; do
    sleep 1
    now=$(memory | tr -dc 0-9)
    ((${now:-0} > most)) && most=$now
  done
  wait $job || { failed "smoke of $1" "$run/log" >&2; return 1; }
  file=$run/metrics.jsonl
  awk -F'"seconds": *' '{split($2, part, ","); at[NR] = part[1] + 0}
    END {from = (NR > 20 ? 10 : 1); printf "%.5f\n", (NR > from ? (at[NR] - at[from]) / (NR - from) : at[NR])}' "$file" >"$run/pace"
  row "smoke of $1" "$(cat "$run/pace") s/step, $(value pictures_per_second "$run") pictures/s, ${most} MiB, loss $(value loss "$run")" >&2
  cat "$run/pace"
}

smoke() {
  local stage pace
  for stage in vae classifier transformer; do
    # The transformer reads the autoencoder; a blank one will do for its speed.
    if [[ $stage == transformer && ! -e $nano/vae/result ]]; then
      row "smoke of transformer" "needs vae/result; it is measured before its stage"
      continue
    fi
    pace=$(measured $stage) || { status=1; continue; }
    row "  fits into 60 s" "$(awk -v p="$pace" 'BEGIN {printf "%d steps", 60 / p}')"
  done
}

# The steps that fit into so many seconds; decided once.
planned() { # stage, seconds
  local steps pace
  steps=$(sed -n "s/^$1 \([0-9]*\).*/\1/p" "$nano/plan" 2>/dev/null)
  if [[ ! $steps ]]; then
    pace=$(measured "$1") || return 1
    steps=$(awk -v p="$pace" -v s="$2" 'BEGIN {n = int(s / p / 10) * 10; print n < 10 ? 10 : n}')
    echo "$1 $steps steps in $2 s at $pace s each" >>"$nano/plan"
  fi
  echo "$steps"
}

stage() { # stage, seconds
  is_finished "$1" && { row "$1" "finished before"; return; }
  local steps minutes options=() began=$SECONDS
  if [[ $1 == transformer && -e $nano/transformer/result && ! -e $nano/transformer/states ]]; then
    # Another machine's average: the rest of the plan, without starting from nothing.
    mv "$nano/transformer/result" "$nano/average"
    options=(--set "model.path=$PWD/$nano/average" --set "model.fresh=[]" --set schedule.warmup=50)
  fi
  steps=$(planned "$1" "$2") || { status=1; return; }
  minutes=$(awk -v s=$(($(left) - reserve)) 'BEGIN {printf "%.3f", s / 60}')
  [[ $minutes == -* || $minutes == 0.000 ]] && { row "$1" "no time left"; return; }
  train "$1" --set "run.steps=$steps" ${options[@]+"${options[@]}"} --minutes "$minutes" >>"$nano/$1.log" 2>&1 || { failed "$1" "$nano/$1.log"; return; }
  [[ $(value step "$nano/$1") == "$steps" ]] && touch "$nano/$1/finished"
  row "$1" "step $(value step "$nano/$1") of $steps, loss $(value loss "$nano/$1"), $((SECONDS - began)) s"
  if is_finished "$1" && [[ $1 == vae ]]; then
    "$newbie" eval fidelity --model "$nano/vae/result" --vae-only --count 64 --seed 999 -q | tee "$out/vae.txt"
  fi
  if is_finished "$1" && [[ $1 == classifier ]]; then
    sed -n '1,/"confusions"/p' "$nano/classifier/result/accuracy.json" | grep -E '"(value|binding|count|[a-z_]+)": *[{0-9]' | grep -v -E 'hits|trials|low|high' | tr -d '\n {' | cut -c1-900
    echo
  fi
}

ruler() { # scenes
  is_finished transformer || { row "ruler" "the transformer is not finished"; return; }
  recipes/nano/train.sh gather "$nano/nano" || { status=1; return; }
  local model=$nano/nano log=$out/ruler.log style
  for characters in 2 1 3; do
    "$newbie" eval binding -m "$model" --characters $characters --count "$1" --seed 777 --json -q --sheet "$out/worst-$characters.png" \
      >"$out/binding-$characters.json" 2>"$log" || failed "eval binding $characters" "$log"
    row "binding of $characters" "$(sed -n 's/^ *"binding_accuracy": \([0-9.]*\).*/\1/p' "$out/binding-$characters.json" | head -1)"
    (($(left) > reserve)) || return
  done
  for style in tags shuffled text; do
    (($(left) > reserve)) || return
    "$newbie" eval binding -m "$model" --characters 2 --style $style --count $(($1 / 2)) --seed 777 --json -q \
      >"$out/binding-$style.json" 2>"$log" || failed "eval binding $style" "$log"
    row "binding, $style" "$(sed -n 's/^ *"binding_accuracy": \([0-9.]*\).*/\1/p' "$out/binding-$style.json" | head -1)"
  done
  "$newbie" eval fidelity -m "$model" --count 256 --seed 999 --json -q >"$out/fidelity.json" 2>"$log" || failed "eval fidelity" "$log"
  cat "$out/fidelity.json"
}

# Finished results and what tells about them; the average of a stage that goes on. States stay on the machine: they are
# larger than what may come back.
pack() {
  local keep=() name
  for name in plan vae.log classifier.log transformer.log {vae,classifier,transformer}/{metrics.jsonl,report.html,finished,samples} \
    classifier/result transformer/result; do
    [[ -e $nano/$name ]] && keep+=("$name")
  done
  # The transformer's folder holds the autoencoder too.
  [[ -e $nano/transformer/result || ! -e $nano/vae/result ]] || keep+=(vae/result)
  ((${#keep[@]})) || return 0
  rm -f "$out"/nano.tar.*
  tar c -C "$nano" --hard-dereference --exclude='samples/*0[1-9]000.png' "${keep[@]}" | split -b 15M -d - "$out/nano.tar."
  row "pack" "$(du -ch "$out"/nano.tar.* | tail -1 | cut -f1) in $(ls "$out"/nano.tar.* | wc -l) pieces"
}

libraries
for part in "$@"; do
  case $part in build) build ;; esac
done
take_back
for part in "$@"; do
  (($(left) > reserve)) || { row "$part" "no time left"; continue; }
  case $part in
    build | pack) ;;
    checks) asked check_training checks ;;
    memcheck) asked sanitize_training memcheck ;;
    smoke) smoke ;;
    vae=* | classifier=* | transformer=*) stage "${part%%=*}" "${part#*=}" ;;
    ruler) ruler 512 ;;
    ruler=*) ruler "${part#*=}" ;;
    *) echo "there is no part $part" >&2; exit 2 ;;
  esac
done
pack
exit $status
