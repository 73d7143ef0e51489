#!/bin/sh
{{ header }}
# Gets the loaders, kernels and RAM disks that the boot chain needs and that are not there yet, into
# the folders `tftp` and `http` beside this script. Loaders of no vendor come from the Debian packages
# pxelinux, syslinux-common and ipxe, or from Fedora's syslinux and ipxe-bootimgs.
set -eu
cd "$(dirname "$0")"
missing=0

# take FILE SOURCE…: the first source that exists becomes the file.
take() {
  file=$1
  shift
  [ ! -e "$file" ] || return 0
  mkdir -p "$(dirname "$file")"
  for source in "$@"; do
    case $source in
      http://* | https://*)
        curl --fail --silent --show-error --location --output "$file.part" "$source" || continue
        mv "$file.part" "$file"
        ;;
      *)
        [ -e "$source" ] || continue
        ln "$source" "$file" 2>/dev/null || cp "$source" "$file"
        ;;
    esac
    echo "$file from $source"
    return 0
  done
  echo "$file: not found in: $*" >&2
  missing=1
}

{{ calls }}

exit $missing
