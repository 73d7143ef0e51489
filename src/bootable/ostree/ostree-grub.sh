#!/bin/sh
set -eu
[ "$1" = -o ]; out=$2; d=${out%/*}/entries
{
  for f in "$d"/*.conf; do printf '%s %s\n' "$(sed -n 's/^version //p' "$f")" "$f"; done | sort -rn | while read -r _ f; do
    title=$(sed -n "s/^title //p" "$f" | tr -d "'")
    linux=$(sed -n 's/^linux //p' "$f") initrd=$(sed -n 's/^initrd //p' "$f") opt=$(sed -n 's/^options //p' "$f")
    printf "menuentry '%s' {\n  linux %s %s\n  initrd %s\n}\n" "$title" "$linux" "$opt" "$initrd"
  done
} > "$out"
