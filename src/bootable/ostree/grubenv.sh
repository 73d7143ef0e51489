#!/bin/sh
# grubenv NAME=VALUE...: sets variables that GRUB reads before it starts a system; NAME= removes one,
# no argument removes all. The block is written in place and to the disk: GRUB reads no journal, and
# finds a file that was renamed over it only by chance.
set -eu
export LC_ALL=C
file=${GRUBENV:-/boot/grub/grubenv}
block='# GRUB Environment Block
'
if [ $# -gt 0 ] && [ -e "$file" ]; then
  kept=$(sed -n '/^[^#=]*=/p' "$file")
  for word; do kept=$(printf '%s\n' "$kept" | sed "/^${word%%=*}=/d"); done
  [ -z "$kept" ] || block="$block$kept
"
fi
for word; do
  case $word in
    *=) ;;
    [A-Za-z_]*=*) block="$block$word
" ;;
    *) echo "grubenv: $word is not NAME=VALUE" >&2; exit 2 ;;
  esac
done
left=$((1024 - ${#block}))
[ "$left" -ge 0 ] || { echo "grubenv: the variables do not fit into 1024 bytes" >&2; exit 1; }
{ printf '%s' "$block"; head -c "$left" /dev/zero | tr '\0' '#'; } |
  dd of="$file" bs=1024 count=1 iflag=fullblock conv=notrunc,fsync status=none
