#!/bin/bash
# Trains nano, stage by stage. A stage that was stopped goes on where it was.
#
#   recipes/nano/train.sh STAGE [OPTION ...]     STAGE: blank, vae, transformer, finish, larger, decoder,
#                                                classifier, classifier_finish, all
#   recipes/nano/train.sh gather [FOLDER]        the finished model with its judge, in weights/nano
#
# Options go to `newbie train`: --minutes 9 ends a slice in time, --set run.steps=3 overrides a key.
# NEWBIE names the program (default: newbie), UNTIL the step that ends the transformer's stage. All lies below out/nano.
set -euo pipefail
cd "$(dirname "$0")/../.."
newbie=${NEWBIE:-newbie}
stage=${1:?which stage: blank, vae, transformer, finish, larger, decoder, classifier, classifier_finish, all or gather}
shift

blank() { # a model without weights: configs and tokenizers
  [[ ! -e out/nano/blank/clip_model/tokenizer.json ]] || return 0
  mkdir -p out/nano/blank
  cp -r recipes/nano/model/. out/nano/blank
  "$newbie" model tokenizer out/nano/blank
}

gather() { # what is shipped: no larger than was promised
  local to=${1:-weights/nano} from judge bytes small
  for from in out/nano/{decoder,larger,finish,transformer}/result; do # the last stage that was done
    [[ ! -e $from ]] || break
  done
  # New weights may be judged by the old judge.
  for judge in out/nano/{classifier_finish,classifier}/result weights/nano/classifier; do
    [[ ! -e $judge ]] || break
  done
  rm -rf "$to.new"
  mkdir -p "$to.new"
  cp -r "$from"/. "$to.new"
  cp recipes/nano/model/generation_config.json "$to.new" # chosen once the model can be looked at
  rm -rf "$to.new/classifier" # a model that went on from the shipped one has its judge with it
  cp -r "$judge" "$to.new/classifier"
  echo "nano, a model of the paper-doll world: its card is docs/nano/model-card.md of the project newbie." >"$to.new/README.md"
  bytes=$(find "$to.new" -name '*.safetensors' ! -path '*/classifier/*' -printf '%s\n' | awk '{sum += $1} END {print sum}')
  small=$(stat -c %s "$to.new/classifier/model.safetensors")
  echo "weights: $bytes bytes, the judge: $small bytes"
  ((bytes <= 34000000 && small <= 3000000)) || { echo "larger than 34 MB and 3 MB" >&2; return 1; }
  rm -rf "$to"
  mv "$to.new" "$to"
}

case $stage in
  blank) blank ;;
  vae) blank; "$newbie" train vae --config recipes/nano/vae.toml "$@" ;;
  transformer) "$newbie" train full --config recipes/nano/transformer.toml --until "${UNTIL:-1897}" "$@" ;;
  finish) "$newbie" train full --config recipes/nano/finish.toml "$@" ;;
  larger) "$newbie" train full --config recipes/nano/larger.toml "$@" ;;
  decoder) "$newbie" train vae --config recipes/nano/decoder.toml "$@" ;;
  classifier) "$newbie" train classifier --config recipes/nano/classifier.toml "$@" ;;
  classifier_finish) "$newbie" train classifier --config recipes/nano/classifier_finish.toml "$@" ;;
  gather) gather "$@" ;;
  all) for each in vae transformer finish larger classifier classifier_finish; do "$0" "$each" "$@"; done ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
