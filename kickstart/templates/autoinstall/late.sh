#!/bin/bash
# Runs in Ubuntu's installer for {{ host.name }} when all is installed.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.late | line }}.
set -euo pipefail
{% include "anaconda/report.sh" %}
{% for authority in authorities %}
cat >/target/usr/local/share/ca-certificates/{{ authority.name }} <<'END'
{{ authority.text | document }}
END
{% endfor %}
{% if authorities %}
curtin in-target --target=/target -- update-ca-certificates
{% endif %}
{% if kernel_arguments %}
mkdir -p /target/etc/default/grub.d
cat >/target/etc/default/grub.d/50-terroir.cfg <<'END'
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {{ kernel_arguments | line }}"
END
curtin in-target --target=/target -- update-grub
{% endif %}
{% include "time-servers.sh" %}
mkdir -p /target/etc/terroir
cat >/target/etc/terroir/first-boot <<'TERROIR-END'
{% include "first-boot.sh" %}
TERROIR-END
chmod 0700 /target/etc/terroir/first-boot
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
curtin in-target --target=/target -- systemctl enable terroir-first-boot.service
# Nothing stays that holds a secret.
rm -f /target/var/log/installer/autoinstall-user-data /target/etc/cloud/cloud.cfg.d/90-installer-network.cfg.orig
report installed
