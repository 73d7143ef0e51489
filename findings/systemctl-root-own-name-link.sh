#!/usr/bin/env bash
# systemctl 252 (Debian 12, systemd 252.39-1~deb12u2): with --root, is-enabled fails on a unit of /usr/lib that
# /etc/systemd/system links to under its own name, a link that names the very file it would find without it.
# Seen: "Too many levels of symbolic links" for a timer with such a link; `enabled` for one that is linked from
# timers.target.wants, and `disabled` for the first one once the link is gone.
set -euo pipefail
version=252.39-1~deb12u2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "systemd=$version" "libsystemd-shared=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu/systemd
units=root/usr/lib/systemd/system
own=root/etc/systemd/system
mkdir -p "$units" "$own/timers.target.wants"
ln -s usr/lib root/lib
for name in linked wanted; do
  printf '%s\n' '[Service]' 'ExecStart=/bin/true' >"$units/$name.service"
  printf '%s\n' '[Timer]' 'OnCalendar=daily' '[Install]' 'WantedBy=timers.target' >"$units/$name.timer"
done
ln -s "/usr/lib/systemd/system/linked.timer" "$own/linked.timer"
ln -s "/usr/lib/systemd/system/wanted.timer" "$own/timers.target.wants/wanted.timer"
state() { tools/bin/systemctl --root="$work/root" is-enabled "$1" 2>&1 || true; }
seen="$(state linked.timer), $(state wanted.timer)"
rm "$own/linked.timer"
seen="$seen, $(state linked.timer)"
echo "systemctl $version: linked, wanted, and with the link removed: $seen"
[ "$seen" = "Failed to get unit file state for linked.timer: Too many levels of symbolic links, enabled, disabled" ]
