set -euo pipefail

{% include "anaconda/report.sh" %}
trap 'report failed "the completion stopped in line $LINENO"' ERR
{% if trust.authorities %}
update-ca-trust extract
{% endif %}
{% if payload != "bootc" and image.follow != image.reference %}
# Updates come from elsewhere than the installation.
bootc switch --mutate-in-place --transport registry{{ " --enforce-container-sigpolicy" if trust.signed }} {{ image.follow | shell }}
{% endif %}
# What older installers leave undone of an image.
if bootc install ensure-completion --help >/dev/null 2>&1; then
  bootc install ensure-completion
fi
{% set root_folder = "" %}
{% include "mtu.sh" %}
{% if storage.keep_key %}

# The encrypted partitions that this installation made.
encrypted() {
  local device
  for device in $(findmnt --noheadings --real --output SOURCE | sed 's/\[.*//' | sort -u); do
    lsblk --inverse --noheadings --list --paths --output NAME,FSTYPE "$device" 2>/dev/null
  done | awk '$2 == "crypto_LUKS" { print $1 }' | sort -u
}
{% if encryption.unlock == "tpm2" %}
# The registers of the installed system are not known yet: Secure Boot's alone, or none, until the first boot.
for device in $(encrypted); do
  systemd-cryptenroll --unlock-key-file=/etc/terroir/luks.key --tpm2-device=auto --tpm2-pcrs={{ "7" if encryption.pcrs == "7" }} "$device"
done
{% elif encryption.unlock == "tang" %}
for device in $(encrypted); do
  clevis luks bind -y -k /etc/terroir/luks.key -d "$device" sss {{ encryption.tang | shell }}
done
{% endif %}
{% endif %}

# The first boot
mkdir -p /etc/terroir
cat >/etc/terroir/first-boot <<'TERROIR-END'
{% include "anaconda/first-boot.sh" %}
TERROIR-END
chmod 0700 /etc/terroir/first-boot
cat >/etc/systemd/system/terroir-first-boot.service <<'END'
{% include "anaconda/first-boot.service" %}
END
systemctl enable terroir-first-boot.service
report installed {{ image.reference | shell }}
