#!/usr/bin/env bash
# buildah 1.28.2 (Debian 12, buildah 1.28.2+ds1-3+deb12u1+b3): `RUN --mount=type=tmpfs,target=FOLDER` covers FOLDER for one
# command only, yet takes away the folder that lies below it in the image, with all that it holds. There is no warning.
# Seen: after `RUN --mount=type=tmpfs,target=/srv true` /srv/kept is there before the step and /srv is gone behind it;
# the same step without a mount leaves it.
set -euo pipefail
version=1.28.2+ds1-3+deb12u1+b3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "buildah=$version" golang-github-containers-common=0.50.1+ds1-4 \
  busybox-static=1:1.35.0-4+deb12u1+b1 \
  libgpgme11=1.18.0-3+deb12u1 libassuan0=2.5.5-5 libseccomp2=2.5.4-1+deb12u1 libdevmapper1.02.1=2:1.02.185-2 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/lib/x86_64-linux-gnu:$work/tools/usr/lib/x86_64-linux-gnu TMPDIR=$work
storage=(--root "$work/root" --runroot "$work/runroot" --storage-driver vfs)
buildah() { "$work/tools/usr/bin/buildah" "${storage[@]}" "$@"; }
build() { buildah bud --isolation chroot --signature-policy tools/etc/containers/policy.json --quiet "$@" context; }
mkdir -p context/tree/bin context/tree/srv
cp tools/bin/busybox context/tree/bin/
ln -s busybox context/tree/bin/sh
echo text >context/tree/srv/kept
seen=
for option in '' '--mount=type=tmpfs,target=/srv'; do
  printf '%s\n' 'FROM scratch' 'COPY tree/ /' "RUN $option /bin/busybox true" >context/Containerfile
  rm -rf out
  build --output "type=local,dest=$work/out" >/dev/null
  state=gone
  [ ! -e out/srv/kept ] || state=kept
  seen="$seen${seen:+ }$state"
done
echo "buildah $version: a file of /srv after a plain RUN and after one with a tmpfs on /srv: $seen"
[ "$seen" = "kept gone" ]
