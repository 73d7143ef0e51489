#!/bin/sh
# health: ends the count of tries when the system is well after an update. When it is not, it fails,
# and its unit starts the machine again; after the last try GRUB starts the deployment before, and this
# keeps that one. Files in health.d that can be run are checks of the image and of the machine.
set -eu
export LC_ALL=C.UTF-8
! command -v terroir >/dev/null || exec terroir host health
say() { echo "terroir-health: $*"; }
grubenv=/usr/libexec/terroir/grubenv
tries=$(sed -n 's/^tries=//p' /boot/grub/grubenv | head -n 1)
[ -n "$tries" ] || exit 0

# The position of the running deployment; the first is the one that starts.
position=$(ostree admin status | awk '/^[* ] [^ ]/ { if ($1 == "*") { print n + 0; exit } n++ }')
if [ "$position" != 0 ]; then
  say "the new deployment did not start or was not well: deployment $position stays"
  if ostree admin set-default --help >/dev/null 2>&1; then
    ostree admin set-default "$position"
  else
    while [ "$position" -gt 0 ]; do ostree admin undeploy 0; position=$((position - 1)); done
  fi
  mkdir -p /var/lib/terroir-host
  date -u '+%Y-%m-%dT%H:%M:%SZ went back: the new deployment did not start or was not well' >>/var/lib/terroir-host/health.log
  exec "$grubenv" tries=
fi

wrong=
failed=$(systemctl list-units --state=failed --plain --no-legend | awk '$1 != "terroir-health.service" { print $1 }')
for unit in $failed; do wrong="$wrong $unit"; done
for check in /usr/share/terroir/health.d/* /etc/terroir/health.d/*; do
  [ -x "$check" ] && [ -f "$check" ] || continue
  timeout 120 "$check" || wrong="$wrong $check"
done
if [ -n "$wrong" ]; then
  say "not well:$wrong; $tries tries left"
  exit 1
fi
say "well; the update stays"
exec "$grubenv" tries=
