#!/bin/bash
{% set in_target = "curtin in-target --target=/target --" %}
# Runs in Ubuntu's installer for {{ host.name }} when all is installed.
# Written by terroir from {{ source.inventory | line }} (sha256 {{ source.sha256 }}) and {{ source.late | line }}.
set -euo pipefail
{% include "anaconda/report.sh" %}
{% include "authorities.sh" %}
{% if kernel_arguments %}
mkdir -p /target/etc/default/grub.d
cat >/target/etc/default/grub.d/50-terroir.cfg <<'END'
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {{ kernel_arguments | line }}"
END
{{ in_target }} update-grub
{% endif %}
{% include "time-servers.sh" %}
{% include "enable-first-boot.sh" %}
# Nothing stays that holds a secret.
rm -f /target/var/log/installer/autoinstall-user-data /target/etc/cloud/cloud.cfg.d/90-installer-network.cfg.orig
report installed
