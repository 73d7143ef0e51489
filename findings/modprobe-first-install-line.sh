#!/usr/bin/env bash
# kmod 30 (Debian 12, kmod 30+20221128-1): modprobe adds up all `options` lines of a module, but of several `install` lines
# for it only the first counts, in the order of the files. A later file thus cannot put its own command in the place of an
# earlier one, though both are listed by `modprobe --showconfig`, and there is no message.
# Seen: of `install floppy /bin/echo first` in 10-a.conf and `... second` in 20-b.conf the first would run; --showconfig
# lists two of them.
set -euo pipefail
version=30+20221128-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "kmod=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
mkdir -p configuration lib/modules/1.0
touch lib/modules/1.0/modules.{order,builtin,builtin.modinfo}
echo 'install floppy /bin/echo first' >configuration/10-a.conf
echo 'install floppy /bin/echo second' >configuration/20-b.conf
# The name of the program decides what kmod does.
ln -s "$work/tools/bin/kmod" modprobe
modprobe() { ./modprobe --dirname "$work" --set-version 1.0 --config configuration "$@"; }
listed=$(modprobe --showconfig | grep -c '^install floppy ')
seen=$(modprobe --dry-run --verbose floppy | xargs)
echo "kmod $version: of $listed install lines for one module this one would run: $seen"
[ "$listed $seen" = "2 install /bin/echo first" ]
