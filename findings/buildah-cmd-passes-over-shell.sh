#!/usr/bin/env bash
# buildah 1.28.2 (Debian 12, buildah 1.28.2+ds1-3+deb12u1+b3): SHELL sets the shell of RUN, but a CMD in shell form behind
# it is still written with /bin/sh -c. The image's configuration then states two shells at once.
# Seen with `--format docker`, which has a place for SHELL: Shell is /bin/bash -c, and Cmd is /bin/sh -c x.
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
mkdir context
printf '%s\n' 'FROM scratch' 'SHELL ["/bin/bash", "-c"]' 'CMD x' >context/Containerfile
build --format docker --tag localhost/shell >/dev/null
seen=$(buildah inspect --type image --format '{{.Docker.Config.Shell}} {{.Docker.Config.Cmd}}' localhost/shell)
echo "buildah $version: Shell and Cmd after SHELL [\"/bin/bash\", \"-c\"] and CMD x: $seen"
[ "$seen" = "[/bin/bash -c] [/bin/sh -c x]" ]
