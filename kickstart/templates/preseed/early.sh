#!/bin/sh
# Runs in debian-installer for {{ host.name }}: secrets, and the disk that is installed to.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.early | line }}.
set -eu
umask 077
token=$(sed -n 's/.*terroir\.token=\([^ ]*\).*/\1/p' /proc/cmdline)
report() {
{% if site.reports %}
  wget -q -O /dev/null --header "X-Terroir-Token: $token" --post-data "${2:--}" \
    {{ (site.server ~ "/report/" ~ host.name) | shell }}"/$1" || true
{% else %}
  logger -t terroir "$1 ${2:-}"
{% endif %}
}
# Stops the installation for good: nothing was written to any disk yet.
fail() {
  logger -t terroir "$*"
  report failed "$*"
  while true; do sleep 3600; done
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
# Whether a disk is what was asked for: ID SERIAL WWN LEAST MOST ROTATIONAL, each perhaps empty.
fits() {
  if [ -n "$2" ]; then
    found=no
    for link in /dev/disk/by-id/*; do
      name=${link##*/}
      # The pattern is meant as one.
      # shellcheck disable=SC2254
      case $name in $2) [ "$(readlink -f "$link")" != "$1" ] || found=yes ;; esac
    done
    [ "$found" = yes ] || return 1
  fi
  about=$(udevadm info --query=property --name="$1")
  [ -z "$3" ] || echo "$about" | grep -qx "ID_SERIAL_SHORT=$3" || return 1
  [ -z "$4" ] || echo "$about" | grep -qx "ID_WWN=$4" || return 1
  size=$(($(cat "/sys/block/${1#/dev/}/size") / 2048))
  [ -z "$5" ] || [ "$size" -ge "$5" ] || return 1
  [ -z "$6" ] || [ "$size" -le "$6" ] || return 1
  [ -z "$7" ] || [ "$(cat "/sys/block/${1#/dev/}/queue/rotational")" = "$7" ] || return 1
  ! grep -q "^$1" /proc/mounts
}
pick() {
  taken=$1 choose=$2
  shift 2
  list=$(for name in $(list-devices disk); do
    if [ "$name" != "$taken" ] && fits "$name" "$@"; then
      echo "$(cat "/sys/block/${name#/dev/}/size") $name"
    fi
  done | sort -n)
  count=$(echo "$list" | grep -c . || true)
  [ "$count" = 1 ] || { [ "$count" != 0 ] && [ -n "$choose" ]; } || return 1
  case $choose in
    largest) echo "$list" | tail -n 1 | cut -d' ' -f2 ;;
    *) echo "$list" | head -n 1 | cut -d' ' -f2 ;;
  esac
}
{% for disk in disks %}
disk{{ loop.index }}=$(pick "{% if not loop.first %}$disk1{% endif %}" {{ disk.choose | shell }} {{ disk.id | shell }} {{ disk.serial | shell }} {{ disk.wwn | shell }} {{ disk.min | shell }} {{ disk.max | shell }} {{ disk.rotational | shell }}) ||
  fail "the disk that {{ host.name }} is installed to ({{ disk.shown }}) is not there exactly once; nothing was written"
{% endfor %}
answer "d-i partman-auto/disk string {% for disk in disks %}{{ " " if not loop.first }}$disk{{ loop.index }}{% endfor %}"
answer "d-i grub-installer/bootdev string {% for disk in disks %}{{ " " if not loop.first }}$disk{{ loop.index }}{% endfor %}"
{% if storage.method == "raid" %}
part() { case $1 in *[0-9]) echo "${1}p$2" ;; *) echo "$1$2" ;; esac; }
answer "d-i partman-auto-raid/recipe string 1 2 0 ext4 /boot $(part "$disk1" 3)#$(part "$disk2" 3) . 1 2 0 lvm - $(part "$disk1" 4)#$(part "$disk2" 4) ."
{% endif %}
report disk "{% for disk in disks %}$disk{{ loop.index }} {% endfor %}"
