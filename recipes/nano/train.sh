#!/bin/bash
# Trains nano, stage by stage. A stage that was stopped goes on where it was.
#
#   recipes/nano/train.sh STAGE [OPTION ...]     STAGE: blank, vae, transformer, classifier, all
#
# Options go to `newbie train`: --minutes 9 ends a slice in time, --set run.steps=3 overrides a key.
# NEWBIE names the program (default: newbie). Everything lies below out/nano.
set -euo pipefail
cd "$(dirname "$0")/../.."
newbie=${NEWBIE:-newbie}
stage=${1:?which stage: blank, vae, transformer, classifier or all}
shift

blank() { # a model without weights: configs and tokenizers
  [[ ! -e out/nano/blank/clip_model/sentencepiece.bpe.model ]] || return 0
  mkdir -p out/nano
  cp -r recipes/nano/model out/nano/blank
  "$newbie" model tokenizer out/nano/blank
}

case $stage in
  blank) blank ;;
  vae) blank; "$newbie" train vae --config recipes/nano/vae.toml "$@" ;;
  transformer) "$newbie" train full --config recipes/nano/transformer.toml "$@" ;;
  classifier) "$newbie" train classifier --config recipes/nano/classifier.toml "$@" ;;
  all) for each in vae transformer classifier; do "$0" "$each" "$@"; done ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
