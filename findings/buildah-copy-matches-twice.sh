#!/usr/bin/env bash
# buildah 1.28.2 (Debian 12, buildah 1.28.2+ds1-3+deb12u1+b3): a name that a pattern of COPY has matched is read as a
# pattern once more. A file with the name `[x]` therefore stands for the file `x` beside it and is itself left out.
# Seen: of the files `[x]`, `x` and `y` that `COPY some/* /to/` matches, /to holds `x` and `y`, and the build succeeds;
# `COPY some/ /to/` brings all three.
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
mkdir -p context/some
touch context/some/{'[x]',x,y}
seen=
for source in 'some/*' some/; do
  printf '%s\n' 'FROM scratch' "COPY $source /to/" >context/Containerfile
  rm -rf out
  build --output "type=local,dest=$work/out" >/dev/null
  seen="$seen${seen:+, then }$(find out/to -type f -printf '%f\n' | LC_ALL=C sort | paste -sd' ')"
done
echo "buildah $version: files from COPY some/* and from COPY some/: $seen"
[ "$seen" = "x y, then [x] x y" ]
