#!/bin/bash
# Makes every picture of nano that docs/guide and docs/explain/attention-maps.md show, from the shipped weights, with the
# commands that those pages print. Run it once after new weights, look at all of them, then mend what the pages say is seen.
#
#   recipes/nano/guide-pictures.sh [OUT]     OUT: docs/images/guide; NEWBIE names the program, THREADS its processors
set -euo pipefail
cd "$(dirname "$0")/../.."
newbie=$(realpath "${NEWBIE:-build/newbie}")
threads=${THREADS:-0}
to=${1:-docs/images/guide}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$to"
pair=assets/templates/nano_beach_pair.xml
field='smile, waving, field, day, cel_shading, full_body'
draw() { "$newbie" generate -q --threads "$threads" "$@" >/dev/null; }
sheet() { # name, sweep's arguments
  local name=$1
  shift
  "$newbie" sweep -q --threads "$threads" -o "$work/$name" "$@" >/dev/null
  cp "$work/$name/sheet.png" "$to/$name.png"
}

# create.md: a picture and its relatives.
"$newbie" create -q --threads "$threads" --out "$work/drafts/create-{index}.png" >/dev/null <<'SESSION'
:seed 11
1girl, blonde_hair, twintails, smile, beach, day
:vary 0.3 2
:vary 0.8
SESSION
cp "$work"/drafts/create-*.png "$to/"

# sweeps.md and reproduce.md.
sheet sweep "1girl, {red|blue|green}_hair, twintails, white_dress, $field" --y cfg=1,3 --longest-side 192
for hair in blue_hair green_hair; do
  draw "1girl, $hair, ponytail, red_hoodie, $field" -s 2 -o "$work/$hair.png"
done
"$newbie" compare "$work/blue_hair.png" "$work/green_hair.png" --out "$to/compare.png" || test $? -eq 1
draw assets/templates/nano_shrine_umbrella.xml --resolution 224x288 -s 7 -o "$to/reproduce.png"

# characters.md: weights, what isolation keeps apart, its depth, lines.
sheet weights '1girl, (blue_hair:1), (red_hair:1), long_hair, white_dress, smile, standing, field, day, cel_shading, full_body' \
  --x 'replace=(blue_hair:1),(blue_hair:0.5),(blue_hair:1.5)' --y seed=1,2 --longest-side 192
sheet weight-modes '1girl, (red_hair:0), long_hair, blue_eyes, black_dress, smile, standing, field, day, cel_shading, full_body' \
  -s 1 --x 'replace=:0,:0.5,:1,:1.5' --y weight_mode=scale,mean,empty,compel --longest-side 144
cp $pair "$work/black.xml"
sed 's/black_hair, bob_cut/blonde_hair, drill_hair/; s/yellow_kimono/blue_suit/' $pair >"$work/blonde.xml"
for mode in off text region; do
  for who in black blonde; do
    draw "$work/$who.xml" -s 7 --isolation $mode --isolation-depth refiner --isolation-release 1 -o "$work/$mode-$who.png"
  done
  "$newbie" compare "$work/$mode-black.png" "$work/$mode-blonde.png" --out "$to/isolation-$mode.png" || test $? -eq 1
done
sheet isolation-depth recipes/nano/prompts/three.xml -s 1 --isolation text --x isolation_depth=refiner,encoder,joint --longest-side 192
sheet line-enhance '1girl, brown_hair, bob_cut, green_eyes, glasses, white_serafuku, smile, classroom, day, cel_shading, portrait' \
  -s 2 --x line_enhance=0,0.5,1

# training.md: a LoRA that learns a character's name, in three minutes of two processors.
NEWBIE=$newbie recipes/examples/character/pictures.sh "$work/pictures" >/dev/null
"$newbie" train lora -q --config recipes/examples/character/lora.toml --set "data.path=\"$work/pictures\"" --set "run.out=\"$work/mika\"" >/dev/null
for strength in 0 1; do
  draw recipes/examples/character/friends.xml -s 3 --lora "$work/mika/result/adapter.safetensors:$strength" -o "$work/friends-$strength.png"
done
"$newbie" compare "$work/friends-0.png" "$work/friends-1.png" --out "$to/friends.png" || test $? -eq 1

# attention-maps.md.
draw $pair -s 7 --explain "$work/why" --explain-tags -o "$work/pair.png"
cp "$work/why/picture.png" "$to/explain-picture.png"
cp "$work/why/map-character_1.appearance-0-pink_hair.png" "$to/explain-pink-hair.png"
cp "$work/why/map-character_2.appearance-0-black_hair.png" "$to/explain-black-hair.png"

pngquant --force --speed 1 --ext .png 128 "$to"/*.png
du -sh "$to"
