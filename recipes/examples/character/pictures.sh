#!/bin/bash
# 24 pictures of one character in many scenes, drawn by the paper-doll world. Captions hold her name and the scene, never
# her looks: those are what the name shall come to mean.
#
#   recipes/examples/character/pictures.sh [FOLDER]      FOLDER: out/mika/pictures; NEWBIE names the program
set -euo pipefail
cd "$(dirname "$0")/../../.."
newbie=${NEWBIE:-build/newbie}
to=${1:-out/mika/pictures}
mkdir -p "$to"
looks='<appearance>green_hair, drill_hair, purple_eyes, cat_ears</appearance><clothing>black_dress</clothing>'
expressions=(smile open_mouth angry blush surprised)
actions=(standing waving arms_up hands_on_own_hips)
places=(field beach city forest classroom cherry_blossoms shrine)
times=(day sunset night)
views=(full_body upper_body portrait)
for ((i = 0; i < 24; ++i)); do
  she="<expression>${expressions[i % 5]}</expression><action>${actions[i % 4]}</action><position>center</position>"
  scene="<count>1girl</count><style>cel_shading</style><background>${places[i % 7]}</background>"
  scene+="<environment>${times[i % 3]}</environment><perspective>${views[i / 2 % 3]}</perspective>"
  name=$to/$(printf '%02d' $i)
  "$newbie" world draw --seed $i -o "$name.png" >/dev/null \
    --text "<character_1><gender>1girl</gender>$looks$she</character_1><general_tags>$scene</general_tags>"
  echo "<character_1><n>mika</n><gender>1girl</gender>$she</character_1><general_tags>$scene</general_tags>" >"$name.xml"
done
echo "$to"
