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
{{ in_target }} systemctl enable terroir-first-boot.service
