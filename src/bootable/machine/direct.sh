#!/bin/sh
# The first process of a machine that does one thing: it prepares the system, does the work, says what
# came of it, and switches the machine off.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/run/terroir-work
for mount in proc:/proc sysfs:/sys devtmpfs:/dev tmpfs:/run tmpfs:/tmp devpts:/dev/pts tmpfs:/dev/shm cgroup2:/sys/fs/cgroup; do
  place=${mount#*:} kind=${mount%%:*}
  mountpoint -q "$place" && continue
  mkdir -p "$place"
  mount -t "$kind" "$kind" "$place"
done
exec </dev/null >/dev/console 2>&1
mkdir -p "$HOME"

# A root that machines start from may have nothing below /var, and links to it at the top.
for folder in /var/tmp /var/log /var/lib/containers /home /root; do
  mkdir -p "$(readlink -m "$folder")"
done
chmod 1777 /var/tmp

udevd=/usr/lib/systemd/systemd-udevd
[ -x "$udevd" ] || udevd=/lib/systemd/systemd-udevd
"$udevd" --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle

@OPEN@
# disk SERIAL: the device of a disk of the machine.
disk() {
  for block in /sys/block/*; do
    [ "$(cat "$block/serial" 2>/dev/null)" != "$1" ] || echo "/dev/${block##*/}"
  done
}

@WORK@

open_port @PORT@
{ work 3>&-; echo $? >"$HOME/code"; } 2>&1 | tee "$HOME/said"
sync
{
  printf 'terroir-ended '
  cat "$HOME/code"
  echo terroir-said
  tail -n @SHOWN@ "$HOME/said"
  echo terroir-end
} >&3
exec 3>&-
poweroff -ff || echo o >/proc/sysrq-trigger
while :; do sleep 60; done
