#!/bin/sh
# Runs in debian-installer for {{ host.name }} when all is installed.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.late | line }}.
set -eu
token=$(sed -n 's/.*terroir\.token=\([^ ]*\).*/\1/p' /proc/cmdline)
report() {
{% if site.reports %}
  wget -q -O /dev/null --header "X-Terroir-Token: $token" --post-data "${2:--}" \
    {{ (site.server ~ "/report/" ~ host.name) | shell }}"/$1" || true
{% else %}
  logger -t terroir "$1 ${2:-}"
{% endif %}
}
{% for account in accounts %}
in-target useradd --create-home{{ account.options | line }} {{ account.login }}
{% endfor %}
{% if user and user.shell %}
in-target usermod --shell {{ user.shell | shell }} {{ user.login }}
{% endif %}
{% for key in ssh_keys %}
home=$(in-target getent passwd {{ key.login }} | cut -d: -f6)
mkdir -p "/target$home/.ssh"
printf '%s\n' {{ key.key | shell }} >>"/target$home/.ssh/authorized_keys"
in-target chown -R {{ key.login }}: "$home/.ssh"
chmod 0700 "/target$home/.ssh"
chmod 0600 "/target$home/.ssh/authorized_keys"
{% endfor %}
{% for authority in authorities %}
cat >/target/usr/local/share/ca-certificates/{{ authority.name }} <<'END'
{{ authority.text | document }}
END
{% endfor %}
{% if authorities %}
in-target update-ca-certificates
{% endif %}
{% include "preseed/network.sh" %}
{% include "time-servers.sh" %}
{% include "mtu.sh" %}
cat >/target/etc/systemd/system/terroir-first-boot.service <<'END'
[Unit]
Description=Completes the installation by terroir
ConditionPathExists=/etc/terroir/first-boot
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/bash /etc/terroir/first-boot
TimeoutStartSec=30min

[Install]
WantedBy=multi-user.target
END
mkdir -p /target/etc/terroir
cat >/target/etc/terroir/first-boot <<'TERROIR-END'
{% include "first-boot.sh" %}
TERROIR-END
chmod 0700 /target/etc/terroir/first-boot
in-target systemctl enable terroir-first-boot.service
# Nothing stays that holds a password's hash or a passphrase.
rm -f /target/var/log/installer/cdebconf/questions.dat /target/var/log/installer/cdebconf/passwords.dat
report installed
