#!/bin/bash
# The include check accepts a good tree and names every kind of violation in a bad one.
set -euo pipefail
check=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree"/{src/{base,ops/cpu,models/net},include/newbie}
cat > "$tree/ARCHITECTURE.md" <<'TABLE'
<!-- table: folders -->
| folder | may include |
| --- | --- |
| `newbie` | |
| `base` | `newbie` |
| `ops` | `base` |
| `models` | `base` `ops` |
<!-- end -->
<!-- table: confined -->
| include | only from |
| --- | --- |
| `ops/cpu/` `png.h` | `ops/` |
<!-- end -->
TABLE
echo '#include <string>' > "$tree/include/newbie/error.h"
echo '#include "newbie/error.h"' > "$tree/src/base/error.h"
printf '#include <png.h>\n#include "ops/cpu/fast.h"\n' > "$tree/src/ops/norm.cpp"
echo '#include "base/error.h"' > "$tree/src/ops/cpu/fast.h"
echo '#include "ops/norm.h"' > "$tree/src/models/net/model.cpp"

expect() {  # expect STATUS TEXT: the check ends so and says so
  local status=0 said
  said=$("$check" "$tree" 2>&1) || status=$?
  if [[ $status -ne $1 || $said != *"$2"* ]]; then
    echo "expected status $1 and \"$2\", got status $status and:"
    echo "$said"
    exit 1
  fi
}

expect 0 'all includes allowed'

echo '#include "ops/norm.h"' >> "$tree/src/base/error.h"
expect 1 'src/base/error.h:2: includes ops/norm.h; base may include: newbie'
sed -i '$d' "$tree/src/base/error.h"

echo '#include "ops/cpu/fast.h"' >> "$tree/src/models/net/model.cpp"
expect 1 'src/models/net/model.cpp:2: includes ops/cpu/fast.h; only these may: ops/'
sed -i '$d' "$tree/src/models/net/model.cpp"

echo '  #  include <png.h>' >> "$tree/src/models/net/model.cpp"
expect 1 'src/models/net/model.cpp:2: includes png.h; only these may: ops/'
sed -i '$d' "$tree/src/models/net/model.cpp"

echo '#include "norm.h"' >> "$tree/src/ops/norm.cpp"
expect 1 'src/ops/norm.cpp:3: includes norm.h; write it as folder/norm.h'
sed -i '$d' "$tree/src/ops/norm.cpp"

echo '#include "base/error.h"' >> "$tree/include/newbie/error.h"
expect 1 'include/newbie/error.h:2: includes base/error.h; newbie may include:'
sed -i '$d' "$tree/include/newbie/error.h"

mkdir "$tree/src/extra" && echo > "$tree/src/extra/a.cpp"
expect 1 'src/extra/a.cpp:1: the folder extra has no row'
rm -r "$tree/src/extra"

rm -r "$tree/src/models"
expect 1 'a row for src/models, which does not exist'
expect 1 '1 violation(s)'
echo > "$tree/ARCHITECTURE.md"
expect 1 'the include table is missing'
echo "every kind of violation is named"
