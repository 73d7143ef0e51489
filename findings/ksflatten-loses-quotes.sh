#!/usr/bin/env bash
# pykickstart 3.78 (PyPI): ksflatten quotes some values that hold a blank and not others. A file that ksvalidator accepts can
# come out as one that it refuses.
# Seen as RHEL9: `user --gecos="Some One"` keeps its quotes, the passphrase of `rootpw --plaintext "two words"` loses them.
# ksvalidator exits with 0 before and with 1 after.
set -euo pipefail
version=3.78
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TMPDIR=$work
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check "pykickstart==$version"
printf '%s\n' 'rootpw --plaintext "two words"' 'user --name=someone --gecos="Some One"' >some.ks
tools/bin/ksflatten --version RHEL9 --config some.ks --output flat.ks
seen=
for file in some.ks flat.ks; do
  code=0
  tools/bin/ksvalidator --version RHEL9 "$file" >/dev/null 2>&1 || code=$?
  seen="$seen${seen:+ }$code"
done
echo "ksflatten $version: ksvalidator before and after: $seen; written: $(grep -E '^(rootpw|user)' flat.ks | paste -sd';')"
[ "$seen" = "0 1" ] && grep -qx 'rootpw --plaintext two words' flat.ks && grep -q -- '--gecos="Some One"' flat.ks
