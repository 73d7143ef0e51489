#!/usr/bin/env bash
# libostree 2022.7 (Debian 12, ostree 2022.7-2+deb12u1): `ostree commit --tree=tar=… --tar-autocreate-parents` makes up
# the folders above an entry that has no entry for the one that holds it. It then overwrites all folders above, also
# those that an earlier entry described, with mode 755 and the owner of that entry.
# Seen: /a, described as 711 of 5:5, becomes 755 of 33:33 when /a/b/file comes without /a/b; with /a/b it stays.
set -euo pipefail
version=2022.7-2+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "ostree=$version" "libostree-1-1=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu
ostree() { "$work/tools/usr/bin/ostree" --repo="$work/repository" "$@"; }

mkdir -p root/a/b
echo text >root/a/b/file
chmod 711 root/a
ostree init --mode=bare-user >/dev/null
seen=
for folders in "./a" "./a ./a/b"; do
  rm -f layer.tar
  # shellcheck disable=SC2086
  tar -C root --no-recursion --owner=5 --group=5 -cf layer.tar . $folders
  tar -C root --owner=33 --group=33 -rf layer.tar ./a/b/file
  ostree commit --branch=layer --tree=tar=layer.tar --tar-autocreate-parents >/dev/null
  seen+=$(ostree ls layer /a | awk '$NF == "/a" { print $1, $2, $3 }')\;
done
echo "ostree $version: /a without and with an entry for /a/b: $seen"
[ "$seen" = "d00755 33 33;d00711 5 5;" ]
