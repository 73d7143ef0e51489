#!/usr/bin/env bash
# libostree 2022.7 (Debian 12, ostree 2022.7-2+deb12u1): `ostree checkout --union` of a commit over one that is checked
# out already gives changed files their new mode, but keeps the mode of a folder that is there. Importers of container
# layers that unite commits like this lose a layer's chmod of a folder of a lower layer.
# Seen: the lower layer's 755 stays although the upper layer says 700; behind an opaque whiteout (`.wh..wh..opq`) in
# the same layer the folder is made anew and has 700.
set -euo pipefail
version=2022.7-2+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "ostree=$version" "libostree-1-1=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu
ostree() { "$work/tools/usr/bin/ostree" --repo="$work/repository" "$@"; }

mkdir -p lower/folder upper/folder emptied/folder
echo text >lower/folder/file
chmod 755 lower/folder
chmod 700 upper/folder emptied/folder
touch emptied/folder/.wh..wh..opq
echo text >emptied/folder/file

ostree init --mode=bare-user >/dev/null
for layer in lower upper emptied; do
  tar -C "$layer" -cf "$layer.tar" .
  ostree commit --branch="$layer" --tree="tar=$layer.tar" --tar-autocreate-parents >/dev/null
done
for layer in upper emptied; do
  ostree checkout -U --union --whiteouts lower "over-$layer"
  ostree checkout -U --union --whiteouts "$layer" "over-$layer"
done
seen="$(stat -c %a over-upper/folder) $(stat -c %a over-emptied/folder)"
echo "ostree $version: folder mode after a union checkout, plain and behind an opaque whiteout: $seen"
[ "$seen" = "755 700" ]
