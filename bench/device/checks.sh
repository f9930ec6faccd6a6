# Asks the conformance tests of training before anything is trained. To be sourced; reads $build (the build folder) and $out
# (for logs), sets status=1 where something fails, and exports NEWBIE_SKIP with the kernels to pass over from here on.

check_targets=(conformance_ops_training conformance_ops_backward conformance_ops_products)

# A library to preload, with which a process that a signal ends says where it was; nothing where there is no compiler.
last_words() {
  local library=$build/last_words.so
  [[ -e $library ]] || "${CC:-cc}" -O1 -shared -fPIC -o "$library" bench/device/last_words.c 2>/dev/null
  [[ ! -e $library ]] || echo "$library"
}

# Whether the tests of a log had all passed, whatever came after.
all_passed() { grep -q '^\[  PASSED  \]' "$1" && ! grep -q '^\[  FAILED  \]' "$1"; }

# Of a process that a signal ended, or whose time was over: the test that it was in, and its calls, the last one first.
told_at_death() { # log, exit status
  local test frame how="signal $(($2 - 128))"
  (($2 != 124)) || how="time was over"
  test=$(sed -n 's/^\[ RUN      \] \([^ ]*\).*/\1/p' "$1" | tail -1)
  echo "  $how $(all_passed "$1" && echo "at the end of a process whose tests had all passed, the last being" || echo "in") $test"
  grep -aE '^(free|malloc|double|corrupted|munmap|terminate)' "$1" | head -3 | sed 's/^/    /'
  sed -n '/^last words:/,/^end of last words/p' "$1" | sed '1d;$d' | head -24 | while read -r frame; do
    # file(+offset) [address]; names of our own functions are in no table that the process has.
    if [[ $frame =~ ^([^\(]+)\(\+(0x[0-9a-f]+)\) ]] && command -v addr2line >/dev/null; then
      echo "    $(addr2line -Cfpe "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" | cut -c1-160) in $(basename "${BASH_REMATCH[1]}")"
    else
      echo "    $frame" | c++filt 2>/dev/null | cut -c1-200
    fi
  done
}

# name, seconds, command...: its output goes to a log, failures are shown and a copy of their log is kept. With `shards` its
# tests are dealt to so many processes: what takes long is compiling cuDNN's plans, on the host. A process that dies after its
# tests have passed makes the script fail, but says nothing against what was tested.
try() {
  local name=$1 most=$2 began=$SECONDS count=${shards:-1} code=0 one jobs=() deaths="" words log i
  words=$(last_words)
  shift 2
  [[ $1 != compute-sanitizer ]] || words=""
  for ((i = 0; i < count; ++i)); do
    GTEST_TOTAL_SHARDS=$count GTEST_SHARD_INDEX=$i timeout "$most" env ${words:+"LD_PRELOAD=$words"} "$@" >"$out/$name.part$i" 2>&1 &
    jobs+=($!)
  done
  for i in "${!jobs[@]}"; do
    wait "${jobs[i]}" && continue
    one=$? log=$out/$name.part$i status=1
    ((one <= 128 && one != 124)) || deaths+=$(told_at_death "$log" "$one")$'\n'
    ((one > 128)) && all_passed "$log" || code=$one
  done
  cat "$out/$name".part* >"$out/$name.log"
  rm "$out/$name".part*
  echo "$name: $([[ $code == 0 ]] && echo passed || echo "FAILED ($code)") in $((SECONDS - began)) s"
  [[ $code == 0 && ! $deaths ]] || cp "$out/$name.log" "$out/$name.failed-$(date +%H%M%S).log"
  [[ $code == 0 ]] || grep -aE 'FAILED|exception|result [0-9]|rror' "$out/$name.log" | cut -c1-200 | head -12
  echo -n "$deaths"
  return "$code"
}

# Attention first, both ways: what fails is passed over from here on, and all else is asked without it.
check_training() {
  local skip=${NEWBIE_SKIP:-} kernels failed=() tests=$build/tests shards=6
  attention() { # what to add to the logs' names
    try "attention-backward$1" 150 "$tests/conformance_ops_backward" --gtest_filter='*Attention*' &&
      try "attention$1" 90 "$tests/conformance_ops_products" --gtest_filter='*ttention*'
  }
  if ! attention ""; then
    failed+=(attention)
    for kernels in attention/ragged,attention_backward/ragged attention_backward/cudnn \
      attention/ragged,attention_backward/ragged,attention_backward/cudnn; do
      export NEWBIE_SKIP=${skip:+$skip,}$kernels
      attention "-without-${kernels//[\/,]/_}" && { unset 'failed[-1]'; break; }
    done
  fi
  try training-ops 90 "$tests/conformance_ops_training" || failed+=(training-ops)
  try backward 150 "$tests/conformance_ops_backward" --gtest_filter='-*Attention*' || failed+=(backward)
  if ((${#failed[@]})); then
    echo "VERDICT: do not trust what is trained here: ${failed[*]} FAILED"
    return 1
  fi
  echo "VERDICT: every kernel of training is right${NEWBIE_SKIP:+, but for those passed over: export NEWBIE_SKIP=$NEWBIE_SKIP}"
}

# Whether the new kernels stay within their memory, and whether their threads wait for each other.
sanitize_training() {
  command -v compute-sanitizer >/dev/null || { echo "memcheck: there is no compute-sanitizer"; return 0; }
  local tests=$build/tests/conformance_ops_training verdict="memory and threads of training are in order" code=0
  local shards=1
  judge() { # exit status of a tool, what it says
    case $1 in
      0) ;;
      124) verdict="not all was looked at in time"; code=1 ;;
      *) verdict=$2; code=1 ;;
    esac
  }
  try memcheck-training-ops 150 compute-sanitizer --tool memcheck --error-exitcode 9 "$tests" \
    --gtest_filter='-Boxes.*:Noise.*:*/f16'
  judge $? "kernels of training leave their memory"
  try racecheck-training-ops 90 compute-sanitizer --tool racecheck --error-exitcode 9 "$tests" \
    --gtest_filter='*ManyRows.*Mean*/bf16:*ManyRows.*Normed*/bf16:*ManyRows.GoBack*/bf16'
  judge $? "threads of training's kernels race"
  echo "VERDICT: $verdict"
  return $code
}
