#!/bin/bash
# The check of the error reference accepts a good tree and names every kind of drift.
set -euo pipefail
tool=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{src/base,include,docs/reference}
table="$tree/docs/reference/error_codes.tsv"
printf 'file.missing\tit is not there\tcheck the path\n' > "$table"
printf 'throw Error(\n    "file.missing", what);\n' > "$tree/src/base/file.cpp"
"$tool" write "$tree"

expect() {  # expect STATUS TEXT
  local status=0 said
  said=$("$tool" check "$tree" 2>&1) || status=$?
  if [[ $status -ne $1 || $said != *"$2"* ]]; then
    echo "expected status $1 and \"$2\", got status $status and:"
    echo "$said"
    exit 1
  fi
}

expect 0 '1 error codes'
grep -q '^| `file.missing` | it is not there | check the path |$' "$tree/docs/reference/errors.md"

echo 'return Error("file.odd", what);' > "$tree/src/base/odd.cpp"
expect 1 'src/base/odd.cpp: raises file.odd, which has no row'
rm "$tree/src/base/odd.cpp"

printf 'file.never\tx\ty\n' >> "$table"
expect 1 'file.never is not raised anywhere'
expect 1 'errors.md is stale'
sed -i '$d' "$table"

printf 'file.missing\tagain\ty\n' >> "$table"
expect 1 'given twice: file.missing'
sed -i '$d' "$table"

printf 'file.missing\tno advice\n' > "$table"
expect 1 'not three columns'
echo "every kind of drift is named"
