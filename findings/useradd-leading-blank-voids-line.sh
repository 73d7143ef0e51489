#!/usr/bin/env bash
# useradd 4.13 (Debian 12, passwd 1:4.13+dfsg1-1+deb12u2): a line of etc/default/useradd counts only when the name begins in the
# first column. A blank before it makes the whole line void without a word, although a blank behind the `=` is allowed
# before a number, and although a bad number is reported. The value is then the one built in.
# Seen for `useradd -D --prefix FOLDER`: 45 for `INACTIVE=45` and for `INACTIVE= 45`; -1 (never) for ` INACTIVE=45`, with
# nothing on standard error.
set -euo pipefail
version=1:4.13+dfsg1-1+deb12u2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "passwd=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
mkdir -p prefix/etc/default
seen=
for line in 'INACTIVE=45' 'INACTIVE= 45' ' INACTIVE=45'; do
  echo "$line" >prefix/etc/default/useradd
  value=$(tools/usr/sbin/useradd -D --prefix "$work/prefix" 2>>messages | sed -n 's/^INACTIVE=//p')
  seen="$seen${seen:+ }$value"
done
echo "useradd $version: INACTIVE plain, with a blank behind the = and with a blank before the name: $seen"
[ "$seen" = "45 45 -1" ] && [ ! -s messages ]
