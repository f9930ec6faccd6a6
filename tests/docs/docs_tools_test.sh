#!/bin/bash
# The link check and the snippet runner accept good pages and name what is wrong in bad ones.
set -euo pipefail
links=$1 snippets=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/docs"
printf '#!/bin/bash\necho "ran $1"\n' > "$tree/program"
chmod +x "$tree/program"
printf '# A b\n[here](docs/page.md#the-end) [net](https://example.org/x) `[no](link)`\n```\n[x](nowhere)\n```\n' > "$tree/README.md"
printf '# Page\n\n## The end!\n[back](../README.md)\n```sh run\nbuild/newbie all | grep "ran all"\n```\n' > "$tree/docs/page.md"

expect() {  # expect STATUS TEXT COMMAND...
  local wanted=$1 text=$2 status=0 said
  shift 2
  said=$("$@" 2>&1) || status=$?
  if [[ $status -ne $wanted || $said != *"$text"* ]]; then
    echo "expected status $wanted and \"$text\" of $*, got status $status and:"
    echo "$said"
    exit 1
  fi
}

expect 0 '2 links' "$links" "$tree"
expect 0 '1 blocks ran' "$snippets" "$tree/program" "$tree"

echo '[gone](docs/other.md)' >> "$tree/README.md"
expect 1 'README.md:6: docs/other.md does not exist' "$links" "$tree"
echo '[gone](docs/page.md#middle)' > "$tree/README.md"
expect 1 'README.md:1: docs/page.md has no heading #middle' "$links" "$tree"

printf '```sh run\nfalse | cat\n```\n' >> "$tree/docs/page.md"
expect 1 'docs/page.md:8: this block fails' "$snippets" "$tree/program" "$tree"
echo 'nothing to run' > "$tree/docs/page.md"
expect 1 "no block is marked" "$snippets" "$tree/program" "$tree"
echo "every kind of mistake is named"
