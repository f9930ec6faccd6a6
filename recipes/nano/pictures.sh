#!/bin/bash
# Makes every picture of nano that the documentation shows, from the shipped weights, with the commands that its pages
# print. Run it once after new weights, look at all of them, then write what is seen into the pages.
#
#   recipes/nano/pictures.sh [OUT]       OUT: docs/images/nano; NEWBIE names the program, MODEL the weights
set -euo pipefail
cd "$(dirname "$0")/../.."
newbie=${NEWBIE:-newbie}
model=${MODEL:-weights/nano}
to=${1:-docs/images/nano}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$to"
pair=assets/templates/nano_beach_pair.xml
shrine=assets/templates/nano_shrine_umbrella.xml
draw() { "$newbie" generate -m "$model" -q "$@"; }
sheet() { # name, sweep's arguments
  local name=$1
  shift
  "$newbie" sweep -m "$model" --longest-side 256 -q -o "$work/$name" "$@"
  cp "$work/$name/sheet.png" "$to/$name.png"
}

# 32 samples as they come: random scenes of the ruler, fixed seeds, none left out.
"$newbie" world render --count 32 --seed 4242 --size 256 --captions 0 --out "$work/scenes" -q
mkdir -p "$work/prompts"
cp "$work"/scenes/1_world/*.txt "$work/prompts/"
sheet samples --x "file=$(ls "$work"/prompts/*.txt | paste -sd,)" -s 5 --longest-side 192

# What `make demo` shows.
sheet demo --y "file=$pair,$shrine" --x seed=1..4
draw -f $pair -s 7 -o "$to/pair.png"
draw -f $shrine -s 7 -o "$to/shrine.png"
sheet steps -f $pair --x steps=4,8,16,24 --y cfg=1,4,7
sheet seeds -f $pair --x seed=1..4
draw -f $pair -s 7 -W 384 -H 384 -o "$to/larger.png"
draw -f recipes/nano/prompts/three.xml -s 7 -W 480 -H 320 -o "$to/wide.png"

# Image to image starts from the pair: the same two, at night. Inpainting changes its left half: another girl.
sed 's/sunset/night/' $pair >"$work/night.xml"
sed 's/pink_hair/green_hair/; s/red_dress/blue_dress/' $pair >"$work/green.xml"
draw "$work/night.xml" --init "$to/pair.png" --strength 0.8 -s 7 -o "$to/image-to-image.png"
draw "$work/green.xml" --init "$to/pair.png" --mask recipes/nano/left-half.png -s 7 -o "$to/inpainted.png"
"$newbie" world draw $pair --seed 7 -o "$to/drawn.png" 2>/dev/null

# Chinese words. Choices.
draw '画面左侧是一个女孩，红发、双马尾、蓝眼，穿着蓝色水手服，微笑，挥手。画面右侧是一个女孩，金发、短发、绿眼，穿着粉色和服，张嘴，站立。樱花，白天，赛璐璐，全身。' -s 7 -o "$to/chinese.png"
sheet slots '1girl, {red|blue|green|blonde}_hair, long_hair, {black|white}_dress, smile, standing, field, cel_shading, full_body' --x choices

# Weights; the same two characters as XML, as grouped and as shuffled tags; isolation.
sheet weights '1girl, (red_hair:1.0), long_hair, black_dress, smile, standing, field' --x 'replace=:1.0,:0.5,:1.5,:2.0'
cp $pair "$work/xml.xml"
printf '%s' '2girls, pink_hair, twintails, blue_eyes, red_dress, hair_flower, smile, waving, black_hair, bob_cut, green_eyes, ' \
  'yellow_kimono, glasses, open_mouth, hands_on_own_hips, beach, sunset, cel_shading, full_body' >"$work/grouped.txt"
printf '%s' '2girls, green_eyes, smile, yellow_kimono, pink_hair, open_mouth, bob_cut, waving, red_dress, hands_on_own_hips, ' \
  'twintails, glasses, black_hair, hair_flower, blue_eyes, beach, sunset, cel_shading, full_body' >"$work/shuffled.txt"
sheet styles --y "file=$work/xml.xml,$work/grouped.txt,$work/shuffled.txt" --x seed=1..4 --longest-side 192
sheet isolation -f $pair --x isolation=off,text,region --y seed=1,2
# The ruler's worst twelve of 512.
"$newbie" eval binding -m "$model" --characters 2 --count "${WORST_OF:-512}" --seed 777 -q --sheet "$to/worst.png" >"$work/binding.md"
for picture in "$to"/*.png; do
  if command -v pngquant >/dev/null; then pngquant --force --speed 1 --ext .png 192 "$picture" || true; fi
done
du -sh "$to"
