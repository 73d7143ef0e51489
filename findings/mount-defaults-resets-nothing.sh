#!/usr/bin/env bash
# mount 2.38.1 (Debian 12, mount 2.38.1-5+deb12u3): mount(8) explains the option `defaults` as rw, suid, dev, exec and more,
# and of two opposite options the later one counts. Yet `defaults` is no such list: behind `nodev` it changes nothing.
# Seen in a mount namespace: `nodev,dev` mounts without nodev, `nodev,defaults` mounts with it.
set -euo pipefail
version=2.38.1-5+deb12u3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "mount=$version" "libmount1=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
mkdir point
cat >inside.sh <<'INSIDE'
set -euo pipefail
export LD_LIBRARY_PATH=$1/tools/lib/x86_64-linux-gnu
for options in nodev,dev nodev,defaults; do
  "$1/tools/bin/mount" -t tmpfs -o "$options" none "$1/point"
  awk -v point="$1/point" '$5 == point { print ($6 ~ /nodev/ ? "nodev" : "dev") }' /proc/self/mountinfo
  "$1/tools/bin/umount" "$1/point"
done
INSIDE
seen=$(unshare --mount --propagation private bash inside.sh "$work" | paste -sd' ')
echo "mount $version: what nodev,dev and nodev,defaults come to: $seen"
[ "$seen" = "dev nodev" ]
