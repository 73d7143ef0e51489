#!/usr/bin/env bash
# buildah 1.28.2 (Debian 12, buildah 1.28.2+ds1-3+deb12u1+b3): COPY of one file onto a symbolic link whose target is missing
# neither replaces the link nor writes the target as a file. It makes a folder where the link points and puts the file
# below it, under the name of the source.
# Seen: `COPY one /srv/link`, where /srv/link points to `nowhere`, makes /srv/nowhere/one. When /srv/nowhere is there as a
# file, the link itself is replaced: /srv/link is then the new file and /srv/nowhere keeps its old text.
set -euo pipefail
version=1.28.2+ds1-3+deb12u1+b3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "buildah=$version" golang-github-containers-common=0.50.1+ds1-4 \
  libgpgme11=1.18.0-3+deb12u1 libassuan0=2.5.5-5 libseccomp2=2.5.4-1+deb12u1 libdevmapper1.02.1=2:1.02.185-2 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/lib/x86_64-linux-gnu:$work/tools/usr/lib/x86_64-linux-gnu TMPDIR=$work
storage=(--root "$work/root" --runroot "$work/runroot" --storage-driver vfs)
buildah() { "$work/tools/usr/bin/buildah" "${storage[@]}" "$@"; }
build() { buildah bud --isolation chroot --signature-policy tools/etc/containers/policy.json --quiet "$@" context; }
mkdir -p context/tree/srv
ln -s nowhere context/tree/srv/link
echo new >context/one
seen=
for target in missing present; do
  [ "$target" = missing ] || echo old >context/tree/srv/nowhere
  printf '%s\n' 'FROM scratch' 'COPY tree/ /' 'COPY one /srv/link' >context/Containerfile
  rm -rf out
  build --output "type=local,dest=$work/out" >/dev/null
  seen="$seen${seen:+, then }$(grep -rlx new out/srv | sed 's,^out,,')"
done
echo "buildah $version: place of a file copied onto a link to a missing and to a present file: $seen"
[ "$seen" = "/srv/nowhere/one, then /srv/link" ]
[ ! -L out/srv/link ] && [ "$(cat out/srv/nowhere)" = old ]
