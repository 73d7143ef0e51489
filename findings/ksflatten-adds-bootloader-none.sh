#!/usr/bin/env bash
# pykickstart 3.78 (PyPI): ksflatten writes a `bootloader` line even when the file it reads has none, and the line says
# `--location=none`, which asks for no boot loader. It does so for each version of the syntax that was tried.
# Seen for a file with `lang en_US.UTF-8` alone, as RHEL8, RHEL9 and F38.
set -euo pipefail
version=3.78
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TMPDIR=$work
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check "pykickstart==$version"
echo 'lang en_US.UTF-8' >some.ks
seen=
for syntax in RHEL8 RHEL9 F38; do
  tools/bin/ksflatten --version "$syntax" --config some.ks --output flat.ks
  seen="$seen${seen:+, }$(grep '^bootloader' flat.ks || echo none)"
done
echo "ksflatten $version: boot loader lines from a file without one: $seen"
[ "$seen" = "bootloader --location=none, bootloader --location=none, bootloader --location=none" ]
