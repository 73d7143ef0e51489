#!/usr/bin/bash
# The first boot of {{ host.name }}: opens its disk by what it is to be opened by, runs the commands of
# the inventory, reports, and removes itself.
set -uo pipefail
umask 077
{% include "anaconda/report.sh" %}
failed() {
  report failed "first boot: $*"
  exit 1
}
{% if storage.keep_key %}
key=/etc/terroir/luks.key
if [ -e "$key" ]; then
  devices=$(lsblk --noheadings --list --paths --output NAME,FSTYPE | awk '$2 == "crypto_LUKS" { print $1 }')
  for device in $devices; do
    # Disks that the passphrase does not open are not ours.
    cryptsetup open --test-passphrase --key-file "$key" "$device" 2>/dev/null || continue
{% if encryption.unlock == "tpm2" and encryption.pcrs != "7" %}
    systemd-cryptenroll --unlock-key-file="$key" --wipe-slot=tpm2 --tpm2-device=auto \
      --tpm2-pcrs={{ encryption.pcrs }} "$device" || failed "the TPM does not take the key of $device"
{% elif encryption.unlock == "fido2" %}
    echo "terroir: touch the security key of {{ host.name }} when it blinks"
    systemd-cryptenroll --unlock-key-file="$key" --fido2-device=auto --fido2-with-client-pin=yes \
      "$device" || failed "no security key was enrolled for $device; run systemctl start terroir-first-boot"
{% endif %}
{% if encryption.recovery_key %}
    recovery=$(systemd-cryptenroll --unlock-key-file="$key" --recovery-key "$device") ||
      failed "no recovery key was made for $device"
    # The passphrase goes only once the server has the recovery key.
    curl --fail --silent --show-error --max-time 60 --retry 10 --retry-connrefused \
      --header "X-Terroir-Token: $token" --data-binary @- \
      {{ (site.secrets ~ "/report/" ~ host.name ~ "/recovery-key") | shell }} <<<"$device $recovery" ||
      failed "the server does not take the recovery key of $device"
{% if encryption.unlock != "passphrase" %}
    cryptsetup luksRemoveKey --batch-mode "$device" "$key" || failed "the passphrase of $device stays"
{% endif %}
{% endif %}
  done
  shred --remove "$key"
fi
{% endif %}
{% for command in first_boot %}
bash -euo pipefail <<'TERROIR-COMMAND' || failed {{ ("command " ~ loop.index) | shell }}
{{ command | document }}
TERROIR-COMMAND
{% endfor %}
rm -f /etc/terroir/first-boot /etc/terroir/token /root/anaconda-ks.cfg /root/original-ks.cfg
systemctl disable terroir-first-boot.service
report booted "$(bootc status --json 2>/dev/null || echo unknown)"
