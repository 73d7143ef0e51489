#!/usr/bin/env bash
# Kea 2.2.0 (Debian 12, kea-dhcp4-server 2.2.0-6): `kea-dhcp4 -t` does not check a file by itself. A configuration that is
# right for the machine it is written for fails the test elsewhere, when an interface that it names is missing there.
# Seen: exit 1 for an interface that is not here, exit 0 for the same file with "lo" in its place.
set -euo pipefail
version=2.2.0-6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages=(kea-dhcp4-server kea-common)
apt-get download -qq -o APT::Sandbox::User=root "${packages[@]/%/=$version}" >/dev/null
# What those need and this machine lacks comes at the version that the archive has.
mapfile -t needed < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
  --no-replaces --no-enhances kea-dhcp4-server kea-common | grep -E '^(lib(log4cplus|boost|mariadb|pq)|mariadb-common)' | sort -u)
[ ${#needed[@]} -eq 0 ] || apt-get download -qq -o APT::Sandbox::User=root "${needed[@]}" >/dev/null 2>&1 || true
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu:$work/tools/usr/lib
seen=
for interface in nothere0 lo; do
  cat >"$interface.json" <<JSON
{ "Dhcp4": { "interfaces-config": { "interfaces": ["$interface"] }, "lease-database": { "type": "memfile", "persist": false },
  "subnet4": [{ "subnet": "192.0.2.0/24", "interface": "$interface" }] } }
JSON
  code=0
  "$work/tools/usr/sbin/kea-dhcp4" -t "$interface.json" >/dev/null 2>&1 || code=$?
  seen="$seen${seen:+ }$code"
done
echo "kea-dhcp4 $version: exit codes of -t for a missing interface and for lo: $seen"
[ "$seen" = "1 0" ]
