#!/usr/bin/env bash
# buildah 1.28.2 (Debian 12, buildah 1.28.2+ds1-3+deb12u1+b3): `ADD --chown` has no effect on what is unpacked from a local
# archive, and does not say so. The option works for a plain file in the very same build.
# Seen with `--chown=1:1`: the plain file has 1:1, the file from the archive keeps the 5:5 of the archive.
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
mkdir context tree
echo text | tee context/plain >tree/packed
tar -C tree --owner=5 --group=5 -cf context/tree.tar packed
printf '%s\n' 'FROM scratch' 'ADD --chown=1:1 plain tree.tar /to/' >context/Containerfile
build --tag localhost/owners >messages 2>&1
container=$(buildah from --signature-policy tools/etc/containers/policy.json --pull-never localhost/owners)
place=$(buildah mount "$container")
seen=$(stat -c %u:%g "$place/to/plain" "$place/to/packed" | paste -sd' ')
echo "buildah $version: owner of a plain file and of an unpacked one after ADD --chown=1:1: $seen"
[ "$seen" = "1:1 5:5" ] && [ "$(wc -l <messages)" = 1 ]
