#!/bin/sh
# ostree-grub -o FILE: writes the menu of GRUB. OSTree calls it by way of OSTREE_GRUB2_EXEC after it
# wrote the entries, which lie beside FILE. /boot is a file system of its own, so paths begin there.
set -eu
export LC_ALL=C
# A menu may tell more than everybody is to know.
umask 077
[ $# = 2 ] && [ "$1" = -o ] || { echo "usage: ostree-grub -o FILE" >&2; exit 2; }
out=$2
entries=${out%/*}/entries
value() { sed -n "s/^$1[[:blank:]]\{1,\}//p" "$entry" | head -n 1; }
# What GRUB would take for its own; quotes are the kernel's, and GRUB hands them on.
escaped() { sed 's/[\\$;|&<>{}]/\\&/g'; }
{
  echo '# Written by ostree-grub from the entries beside it; the next update writes it again.'
  for entry in "$entries"/*.conf; do
    [ -e "$entry" ] || { echo "ostree-grub: there is no entry in $entries" >&2; exit 1; }
    printf '%s %s\n' "$(value version)" "$entry"
  done | sort -rn | while read -r _ entry; do
    linux=$(value linux) initrd=$(value initrd)
    [ -n "$linux" ] || { echo "ostree-grub: $entry names no kernel" >&2; exit 1; }
    # Who has no password starts it, and does not change it.
    printf "menuentry '%s' --unrestricted {\n" "$(value title | tr -d "'")"
    printf '  linux %s %s\n' "${linux#/boot}" "$(value options | escaped)"
    [ -z "$initrd" ] || printf '  initrd %s\n' "${initrd#/boot}"
    printf '}\n'
  done
} > "$out"
grep -q '^menuentry' "$out"
