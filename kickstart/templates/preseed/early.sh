#!/bin/sh
# Runs in debian-installer for {{ host.name }}: secrets, and the disk that is installed to.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.early | line }}.
set -eu
umask 077
{% include "preseed/report.sh" %}
# Stops the installation for good: nothing was written to any disk yet. Whoever looks at the console
# is told again and again; the installer's own dialog would go on once somebody answers it.
fail() {
  logger -t terroir "$*"
  report failed "$*"
  while true; do
    printf '\nterroir: this installation has stopped: %s\n' "$*" >/dev/console || true
    sleep 60
  done
}
answer() { printf '%s\n' "$1" >/tmp/terroir-answer && debconf-set-selections /tmp/terroir-answer && rm -f /tmp/terroir-answer; }
{% if secrets %}
secret() {
  wget -q -O - --header "X-Terroir-Token: $token" \
    {{ (site.server ~ "/secrets/" ~ host.name) | shell }}"/$1"
}
{% endif %}
if [ "${1:-}" != disks ]; then
  report installing
{% if hand_over %}
  # The hook for an image installer: it takes the machine over and does not come back.
  wget -q -O /tmp/terroir-hand-over {{ (site.server ~ "/" ~ hand_over) | shell }} || fail "the script to hand over to is not there"
  report handed-over
  sh /tmp/terroir-hand-over || fail "what was handed over to failed"
{% endif %}
{% for secret in answers %}
  value=$(secret {{ secret.name | shell }}) || fail {{ ("the server does not hand out the secret " ~ secret.name) | shell }}
{% for question in secret.questions %}
  answer {{ question | shell }}" $value"
{% endfor %}
{% endfor %}
  exit 0
fi
{% include "disk.sh" %}
answer "d-i partman-auto/disk string {% for disk in disks %}{{ " " if not loop.first }}/dev/$disk{{ loop.index }}{% endfor %}"
answer "d-i grub-installer/bootdev string {% for disk in disks %}{{ " " if not loop.first }}/dev/$disk{{ loop.index }}{% endfor %}"
{% if storage.method == "raid" %}
part() { case $1 in *[0-9]) echo "/dev/${1}p$2" ;; *) echo "/dev/$1$2" ;; esac; }
answer "d-i partman-auto-raid/recipe string 1 2 0 ext4 /boot $(part "$disk1" 3)#$(part "$disk2" 3) . 1 2 0 lvm - $(part "$disk1" 4)#$(part "$disk2" 4) ."
{% endif %}
