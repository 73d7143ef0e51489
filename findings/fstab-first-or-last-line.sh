#!/usr/bin/env bash
# systemd-fstab-generator 252 (Debian 12, systemd 252.39-1~deb12u2) and mount 2.38.1 (Debian 12, mount 2.38.1-5+deb12u3) read
# one fstab in opposite ways when two lines name the same mount point. The generator keeps the first line, notes the other
# as a duplicate and ends with 1. `mount --all` mounts both on top of each other, so that the last one is what one sees.
# Seen for two tmpfs lines of 1 MiB and 2 MiB: size=1m in the unit, 2048k at the mount point.
set -euo pipefail
version=252.39-1~deb12u2
mount=2.38.1-5+deb12u3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "systemd=$version" "libsystemd-shared=$version" "mount=$mount" \
  "libmount1=$mount" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
mkdir units point
for size in 1m 2m; do echo "none $work/point tmpfs size=$size 0 0"; done >fstab
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu/systemd:$work/tools/lib/x86_64-linux-gnu
code=0
SYSTEMD_FSTAB=$work/fstab SYSTEMD_LOG_TARGET=console \
  tools/lib/systemd/system-generators/systemd-fstab-generator "$work/units" "$work/units" "$work/units" 2>messages || code=$?
unit=$(sed -n 's/^Options=//p' units/*point.mount)
cat >inside.sh <<'INSIDE'
set -euo pipefail
"$1/tools/bin/mount" --all --fstab "$1/fstab"
df -k --output=size "$1/point" | tail -n 1 | tr -d ' '
INSIDE
mounted=$(unshare --mount --propagation private bash inside.sh "$work")
echo "systemd $version and mount $mount: generator's exit code, its options, and KiB after mount --all: $code $unit $mounted"
[ "$code $unit $mounted" = "1 size=1m 2048" ] && grep -q 'Duplicate entry' messages
