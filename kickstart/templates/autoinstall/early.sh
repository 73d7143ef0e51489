#!/bin/bash
# Runs in Ubuntu's installer for {{ host.name }}: secrets, and the disks that are installed to.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.early | line }}.
set -euo pipefail
umask 077
{% include "anaconda/report.sh" %}
fail() {
  echo "terroir: $*" >&2
  report failed "$*"
  exit 1
}
if [ "${1:-}" = failed ]; then
  report failed "$(tail -n 200 /var/log/installer/subiquity-server-debug.log 2>/dev/null)"
  exit 0
fi
report installing
{% if hand_over %}
# The hook for an image installer: it takes the machine over and does not come back.
curl --fail --silent --show-error --output /run/terroir-hand-over {{ (site.server ~ "/" ~ hand_over) | shell }} || fail "the script to hand over to is not there"
report handed-over
bash /run/terroir-hand-over || fail "what was handed over to failed"
{% endif %}
{% include "disk.sh" %}
# Puts a value where a mark stands; the value is read from the standard input and shown to nobody.
put() {
  python3 -c '
import json, sys
mark, quoted = sys.argv[1], sys.argv[2] == "text"
value = sys.stdin.read().rstrip("\n")
text = open("/autoinstall.yaml").read()
value = json.dumps(value) if quoted else value
open("/autoinstall.yaml", "w").write(text.replace(json.dumps(mark), value).replace("\x27" + mark + "\x27", value))
' "$1" "$2"
}
{% for disk in disks %}
echo "/dev/$disk{{ loop.index }}" | put '@terroir:disk{{ loop.index }}@' text
{% endfor %}
if [ -d /sys/firmware/efi ]; then efi=true bios=false; else efi=false bios=true; fi
echo "$efi" | put '@terroir:efi@' value
echo "$bios" | put '@terroir:bios@' value
{% if secrets %}
secret() {
  curl --fail --silent --show-error --max-time 60 --retry 5 --header "X-Terroir-Token: $token" \
    {{ (site.server ~ "/secrets/" ~ host.name) | shell }}"/$1"
}
{% for name in secret_names %}
value=$(secret {{ name | shell }}) || fail {{ ("the server does not hand out the secret " ~ name) | shell }}
put {{ ("@terroir:secret:" ~ name ~ "@") | shell }} text <<<"$value"
{% endfor %}
{% endif %}
