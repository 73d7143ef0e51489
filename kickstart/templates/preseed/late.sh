#!/bin/sh
{% set in_target = "in-target" %}
# Runs in debian-installer for {{ host.name }} when all is installed.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.late | line }}.
set -eu
{% include "preseed/report.sh" %}
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
{% include "authorities.sh" %}
{% include "preseed/network.sh" %}
{% include "time-servers.sh" %}
{% include "mtu.sh" %}
{% include "enable-first-boot.sh" %}
# Nothing stays that holds a password's hash or a passphrase.
rm -f /target/var/log/installer/cdebconf/questions.dat /target/var/log/installer/cdebconf/passwords.dat
report installed
