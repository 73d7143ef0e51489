#!/usr/bin/env bash
# systemd-sysusers 252 (Debian 12, systemd 252.39-1~deb12u2): a user that it cannot make is no failure to it. When a line
# names a primary group that nothing provides, the user is left out, the other users are made, and the exit code is 0.
# Seen for `u first 500:600` and `u second 501`, with no group 600: "Failed to create first", exit 0, only `second` in
# passwd. With `g any 600` beside them both users are there.
set -euo pipefail
version=252.39-1~deb12u2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "systemd=$version" "libsystemd-shared=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu/systemd
seen=
for group in '' 'g any 600'; do
  rm -rf root
  mkdir -p root/etc root/usr/lib/sysusers.d
  printf '%s\n' 'u first 500:600' 'u second 501' "$group" >root/usr/lib/sysusers.d/some.conf
  code=0
  SYSTEMD_LOG_TARGET=console tools/bin/systemd-sysusers --root="$work/root" >>messages 2>&1 || code=$?
  seen="$seen${seen:+, then }$code $(cut -d: -f1 root/etc/passwd | sort | paste -sd' ')"
done
echo "systemd-sysusers $version: exit code and users without and with the group: $seen"
[ "$seen" = "0 second, then 0 first second" ] && [ "$(grep -c '^Failed to create first' messages)" = 1 ]
