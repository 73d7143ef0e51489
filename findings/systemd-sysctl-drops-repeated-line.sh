#!/usr/bin/env bash
# systemd-sysctl 252 (Debian 12, systemd 252.39-1~deb12u2): a later line takes the place of an earlier one for the same
# pattern, and moves to the end, only when its value differs. With the same value it is dropped and the earlier line keeps
# its place. So whether a line is the last word for a key depends on what was said before it.
# Seen in a mount namespace in which /proc/sys is a folder of stand-ins: the lines `net.*=1`, `net.s*=2`, `net.*=1` set 2;
# with 3 on the last line they set 3.
set -euo pipefail
version=252.39-1~deb12u2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "systemd=$version" "libsystemd-shared=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
cat >inside.sh <<'INSIDE'
set -euo pipefail
mount -t tmpfs none /proc/sys
mkdir -p /proc/sys/net
export LD_LIBRARY_PATH=$1/tools/usr/lib/x86_64-linux-gnu/systemd
for last in 1 3; do
  echo 0 >/proc/sys/net/stand_in
  printf '%s\n' 'net.*=1' 'net.s*=2' "net.*=$last" >lines.conf
  "$1/tools/lib/systemd/systemd-sysctl" "$PWD/lines.conf"
  cat /proc/sys/net/stand_in
done
INSIDE
seen=$(unshare --mount --propagation private bash inside.sh "$work" | paste -sd' ')
echo "systemd-sysctl $version: value when the last of three lines repeats the first, and when it differs: $seen"
[ "$seen" = "2 3" ]
