#!/usr/bin/env bash
# debconf 1.5.82 (Debian 12, debconf 1.5.82): debconf-set-selections joins lines that end in a backslash before it looks for
# comments. A comment that ends in one takes the answer on the next line with it. Neither the run nor --checkonly says so.
# Seen with a database of files: of two answers the first, behind such a comment, is missing; without the backslash both
# are there.
set -euo pipefail
version=1.5.82
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "debconf=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
printf '%s\n' 'Config: answers' 'Templates: templates' '' 'Name: answers' 'Driver: File' "Filename: $work/answers" '' \
  'Name: templates' 'Driver: File' "Filename: $work/templates" >databases
export DEBCONF_SYSTEMRC=$work/databases PERL5LIB=$work/tools/usr/share/perl5
seen=
for comment in "# a comment \\" "# a comment"; do
  printf '%s\n' "$comment" 'some some/first string 1' 'some some/second string 2' >selections
  rm -f answers templates
  tools/usr/bin/debconf-set-selections --checkonly selections >>messages 2>&1
  tools/usr/bin/debconf-set-selections selections >>messages 2>&1
  seen="$seen${seen:+, then }$(sed -n 's/^Name: //p' answers | sort | paste -sd' ')"
done
echo "debconf-set-selections $version: answers behind a comment with and without a last backslash: $seen"
[ "$seen" = "some/second, then some/first some/second" ] && [ ! -s messages ]
