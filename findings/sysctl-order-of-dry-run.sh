#!/usr/bin/env bash
# procps 4.0.2 (Debian 12, procps 2:4.0.2-3): `sysctl --system --dry-run` writes the values; `sysctl --dry-run --system`
# does not. The option counts only when it stands before the one that acts.
# Seen in a mount namespace in which /proc/sys is a folder of stand-ins: 1 after the first, 0 after the second.
set -euo pipefail
version=2:4.0.2-3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "procps=$version" "libproc2-0=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
cat >inside.sh <<'INSIDE'
set -euo pipefail
mount -t tmpfs none /proc/sys
mkdir -p /proc/sys/net
mount -t tmpfs none /etc/sysctl.d
for folder in /run/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d /usr/local/lib/sysctl.d; do
  [ ! -d "$folder" ] || mount -t tmpfs none "$folder"
done
[ ! -e /etc/sysctl.conf ] || mount --bind /dev/null /etc/sysctl.conf
echo 'net.stand_in = 1' >/etc/sysctl.d/10-stand-in.conf
export LD_LIBRARY_PATH=$1/tools/lib/x86_64-linux-gnu:$1/tools/usr/lib/x86_64-linux-gnu
for order in '--system --dry-run' '--dry-run --system'; do
  echo 0 >/proc/sys/net/stand_in
  # shellcheck disable=SC2086
  "$1/tools/sbin/sysctl" $order >/dev/null 2>&1 || true
  cat /proc/sys/net/stand_in
done
INSIDE
seen=$(unshare --mount --propagation private bash inside.sh "$work" | paste -sd' ')
echo "procps $version: value after --system --dry-run and after --dry-run --system: $seen"
[ "$seen" = "1 0" ]
