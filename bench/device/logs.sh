# To be sourced by scripts that build below `build`: sets `out`, the folder for their logs. At the end all of it becomes one
# archive in OUT, where that is set: machines hand back few files.

out=$build/logs
mkdir -p "$out"
[[ -z ${OUT:-} ]] || trap 'tar c -C "$out" . | gzip -1 >"$OUT/$(basename "$0" .sh).tar.gz"' EXIT
