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
#   finish=S           the same, from the transformer's average; where there is none, from the shipped weights
#   larger=S           the same, with 384 pixels, from the finish; where there is none, from the shipped weights
#   decoder=S          the VAE's decoder alone, behind the finish, or behind the shipped weights
#   ruler[=COUNT]      what the finished model gets right (512 scenes), the worst of them, how true it is
#   pack               everything worth keeping, logs and judgements too, in $OUT: at most four pieces of at most 15 MiB,
#                      since machines hand back few files (done at the end of every call)
#
# A call ends after N seconds (570), whatever is left to do; the next one goes on, so every call may name all stages. What
# a stage began with stays as it was: the number of steps is planned once, from the speed that was measured, and kept in
# out/nano/plan. On a fresh machine put the pieces of the last call into CARRY (.gpu-nano): finished stages are taken back
# from there, and a transformer that was not finished does the rest of its plan from its average, at the learning rates
# that the plan has there. The program is built when it is not there.
#
# SYSROOT and CUDNN_ROOT say where libraries lie: see libraries.sh. NEWBIE names a program that is already built. SET
# holds more options of `newbie train`.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=570
[[ ${1:-} == --seconds ]] && { seconds=$2; shift 2; }
(($#)) || { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }
build=${BUILD:-/tmp/build-device}
carry=${CARRY:-.gpu-nano}
nano=out/nano
back=${OUT:-$nano/pack} # what comes back from the machine
out=$nano/told          # logs and judgements
newbie=${NEWBIE:-$build/newbie}
reserve=${RESERVE:-20} # seconds that packing may take
read -ra more <<<"${SET:-}"
mkdir -p "$nano" "$out" "$back"
status=0
options=()
source bench/device/libraries.sh
source bench/device/checks.sh

left() { echo $((seconds - SECONDS)); }
row() { printf '%5d s  %-34s %s\n' "$SECONDS" "$1" "$2"; }
failed() { status=1; row "$1" "FAILED"; tail -n "${3:-12}" "$2" | tr '\r' '\n' | cut -c1-300 | sed 's/^/    /'; }
memory() { nvidia-smi --query-gpu=memory.used --format=csv,noheader 2>/dev/null | head -1; }

build() {
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

# Results of earlier calls on another machine. What lies here is never overwritten.
take_back() {
  [[ ! -e $nano/taken && -e $carry/nano.tar.00 ]] || return 0
  cat "$carry"/nano.tar.* | tar xz --skip-old-files -C "$nano" && touch "$nano/taken"
  row "taken back" "$(cd "$nano" && echo */result)"
}

train() { # stage, options...
  local from=()
  [[ $1 != finish || -e $nano/transformer/result ]] || from=(--set "model.path=$PWD/weights/nano")
  [[ $1 != larger && $1 != decoder || -e $nano/finish/result ]] || from=(--set "model.path=$PWD/weights/nano")
  UNTIL=1000000000 NEWBIE=$newbie recipes/nano/train.sh "$@" ${from[@]+"${from[@]}"} ${more[@]+"${more[@]}"}
}

is_finished() { [[ -e $nano/$1/finished ]]; }

value() { # a key of the last line of metrics, of a run's folder
  tail -1 "$2/metrics.jsonl" | sed -n "s/.*\"$1\": *\([-0-9.e+]*\).*/\1/p"
}

# Seconds a step takes once it runs, from the second half of a run that is thrown away. The transformer and the
# classifier draw their pictures once: here there are few, all of them drawn in the first half.
measured() { # stage
  local run=$nano/smoke/$1 file few=()
  [[ -e $run/pace ]] && { cat "$run/pace"; return; }
  [[ $1 == vae || $1 == decoder ]] || few=(--set data.count=2048)
  [[ $1 == transformer ]] && few+=(--set pictures.late_resolution=0)
  [[ $1 == classifier ]] || few+=(--set samples.every=0)
  rm -rf "$run" && mkdir -p "$run"
  train "$1" --set "run.out=$PWD/$run" --set "run.steps=${SMOKE:-60}" --set schedule.warmup=1 --set run.save_every=0 \
    ${few[@]+"${few[@]}"} >"$run/log" 2>&1 &
  local job=$! most=0 now
  while kill -0 $job 2>/dev/null; do
    sleep 1
    now=$(memory | tr -dc 0-9)
    ((${now:-0} > most)) && most=$now
  done
  wait $job || { failed "smoke of $1" "$run/log" >&2; return 1; }
  file=$run/metrics.jsonl
  awk -F'"seconds": *' '{split($2, part, ","); at[NR] = part[1] + 0}
    END {from = int((NR + 1) / 2); printf "%.5f\n", (NR > from ? (at[NR] - at[from]) / (NR - from) : at[NR])}' "$file" >"$run/pace"
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

# Seconds before a stage runs at its pace: libraries choose their kernels, and pictures that are drawn once are drawn.
declare -A start=([vae]=10 [classifier]=20 [transformer]=55 [finish]=40 [larger]=80 [decoder]=10)

# The steps that fit into so many seconds; decided once.
planned() { # stage, seconds
  local steps pace
  steps=$(sed -n "s/^$1 \([0-9]*\).*/\1/p" "$nano/plan" 2>/dev/null)
  if [[ ! $steps ]]; then
    pace=$(measured "$1") || return 1
    steps=$(awk -v p="$pace" -v s="$(($2 - ${START:-${start[$1]}}))" 'BEGIN {n = int(s / p / 10) * 10; print n < 10 ? 10 : n}')
    echo "$1 $steps steps in $2 s at $pace s each" >>"$nano/plan"
  fi
  echo "$steps"
}

# What is left of the transformer's plan after other machines' steps, with every schedule at the place where it was.
rest_of_plan() { # steps done, of how many
  local recipe=recipes/nano/transformer.toml
  of() { sed -n "s/^$1 = \([-0-9.e]*\).*/\1/p" "$recipe"; }
  awk -v done="$1" -v steps="$2" -v from="$(of decay_from)" -v floor="$(of floor)" -v late="$(of late_from)" \
    -v rate="$(of learning_rate)" -v muon="$(of muon_learning_rate)" -v first="$(of weight)" -v last="$(of final_weight)" '
    function above(x) {return x > 0 ? x : 0}
    BEGIN {
      rest = steps - done; if (rest < 10) rest = 10
      share = 1 - rest / steps; left = 1 - share
      level = share < from ? 1 : left / (1 - from); if (level < floor) level = floor
      print "run.steps=" rest
      print "schedule.warmup=" (rest < 100 ? 0 : 50)
      print "schedule.decay_from=" above((from - share) / left)
      print "schedule.floor=" floor / level
      print "optimizer.learning_rate=" rate * level
      print "optimizer.muon_learning_rate=" muon * level
      print "pictures.late_from=" above((late - share) / left)
      print "average.later_from=0"
      print "segmentation.weight=" first + (last - first) * share
    }'
}

# Another machine's average, and what to tell `newbie train` about it from now on.
take_over() { # steps of the whole plan
  local run=$nano/transformer done
  done=$(($(cat "$run/before" 2>/dev/null || echo 0) + $(value step "$run")))
  rm -rf "$nano/average"
  mv "$run/result" "$nano/average"
  mv "$run/metrics.jsonl" "$run/metrics-to-$done.jsonl"
  echo "$done" >"$run/before"
  rest_of_plan "$done" "$1" >"$run/rest"
  row "transformer" "goes on from another machine's average, after step $done of $1"
}

stage() { # stage, seconds
  is_finished "$1" && { row "$1" "finished before"; return; }
  [[ $1 != transformer ]] || is_finished vae || { row "$1" "waits for the vae, which is not finished"; status=1; return; }
  local steps minutes setting options=() began=$SECONDS run=$nano/$1
  steps=$(planned "$1" "$2") || { status=1; return; }
  [[ $1 == transformer && -e $run/result && ! -e $run/states ]] && take_over "$steps"
  if [[ -e $run/rest ]]; then
    steps=$(sed -n 's/^run.steps=//p' "$run/rest")
    options=(--set "model.path=$PWD/$nano/average" --set "model.fresh=[]")
    while read -r setting; do options+=(--set "$setting"); done <"$run/rest"
  fi
  minutes=$(awk -v s=$(($(left) - reserve)) 'BEGIN {printf "%.3f", s / 60}')
  [[ $minutes == -* || $minutes == 0.000 ]] && { row "$1" "no time left"; return; }
  train "$1" --set "run.steps=$steps" ${options[@]+"${options[@]}"} --minutes "$minutes" >>"$nano/$1.log" 2>&1 || { failed "$1" "$nano/$1.log"; return; }
  [[ $(value step "$run") == "$steps" ]] && touch "$run/finished"
  row "$1" "step $(value step "$run") of $steps, loss $(value loss "$run"), $((SECONDS - began)) s"
  if is_finished "$1" && [[ $1 == vae || $1 == decoder ]]; then
    "$newbie" eval fidelity --model "$run/result" --vae-only --count 64 --seed 999 -q | tee "$out/$1.txt"
  fi
  if is_finished "$1" && [[ $1 == classifier ]]; then
    sed -n '1,/"confusions"/p' "$nano/classifier/result/accuracy.json" | grep -E '"(value|binding|count|[a-z_]+)": *[{0-9]' | grep -v -E 'hits|trials|low|high' | tr -d '\n {' | cut -c1-900
    echo
  fi
}

ruler() { # scenes
  is_finished transformer || is_finished finish || is_finished larger || is_finished decoder || { row "ruler" "no model is finished"; return; }
  recipes/nano/train.sh gather "$nano/nano" || { status=1; return; }
  pack # nothing of it can be lost any more
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
  (($(left) > reserve)) || return
  "$newbie" eval fidelity -m "$model" --count 256 --seed 999 --json -q >"$out/fidelity.json" 2>"$log" || failed "eval fidelity" "$log"
  cat "$out/fidelity.json"
}

# Finished results and what tells about them; the average of a stage that goes on. States stay on the machine: they are
# larger than what may come back. What is looked at once is left out when there is too much.
pack() {
  local keep=() name most=$((60 << 20)) stages=(vae classifier transformer finish larger decoder)
  while read -r name; do keep+=("$name"); done < <(cd "$nano" && ls -d plan told classifier/result \
    "${stages[@]/%/.log}" "${stages[@]/%//metrics.jsonl}" "${stages[@]/%//report.html}" "${stages[@]/%//finished}" "${stages[@]/%//samples}" \
    transformer/{before,rest,metrics-to-*.jsonl} 2>/dev/null)
  for name in {decoder,larger,finish,transformer,vae}/result; do # each is a whole model, and holds those before it
    [[ ! -e $nano/$name ]] || { keep+=("$name"); break; }
  done
  ((${#keep[@]})) || return 0
  packed() { tar c -C "$nano" --hard-dereference --exclude='samples/*0[1-9]000.png' "$@" "${keep[@]}" | gzip -1 >"$nano/nano.tar"; }
  packed
  (($(stat -c %s "$nano/nano.tar") <= most)) || packed --exclude='*/report.html' --exclude='*/samples' --exclude='told/*.png'
  rm -f "$back"/nano.tar.*
  split -b 15M -d "$nano/nano.tar" "$back/nano.tar." && rm "$nano/nano.tar"
  row "pack" "$(du -ch "$back"/nano.tar.* | tail -1 | cut -f1) in $(ls "$back"/nano.tar.* | wc -l) pieces"
}

take_back
wants_program() {
  local part
  for part in "$@"; do
    case $part in
      build) return 0 ;;
      pack) ;;
      *) [[ -x $newbie ]] || return 0 ;;
    esac
  done
  return 1
}
wants_program "$@" && build
for part in "$@"; do
  (($(left) > reserve)) || { row "$part" "no time left"; continue; }
  case $part in
    build | pack) ;;
    checks) asked check_training checks ;;
    memcheck) asked sanitize_training memcheck ;;
    smoke) smoke ;;
    vae=* | classifier=* | transformer=* | finish=* | larger=* | decoder=*) stage "${part%%=*}" "${part#*=}" ;;
    ruler) ruler 512 ;;
    ruler=*) ruler "${part#*=}" ;;
    *) echo "there is no part $part" >&2; exit 2 ;;
  esac
done
pack
exit $status
